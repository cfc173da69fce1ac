package protocol

import (
	"errors"
	"fmt"
	"time"
)

// Code is the code of an error: those of JSON-RPC 2.0, then those of a home.
type Code int

// The codes.
const (
	ParseError     Code = -32700 // the line is no JSON
	InvalidRequest Code = -32600 // JSON, but no message
	UnknownMethod  Code = -32601
	InvalidParams  Code = -32602
	InternalError  Code = -32603

	UnsupportedProtocol Code = -32001 // no version that both sides know
	UnknownDevice       Code = -32002
	Unavailable         Code = -32003 // the device does not answer
	Rejected            Code = -32004 // the device, or the plugin for it, refuses
	Busy                Code = -32005 // too much at once: ask again after data.retryAfterMS
	AuthNeeded          Code = -32006 // the device or its cloud wants a new log-in: a person has to do something
	DeadlineExceeded    Code = -32007
	OverQuota           Code = -32008 // the store or a message is full
)

// CodeInfo is a code with its meaning, for documents.
type CodeInfo struct {
	Code    Code
	Name    string
	Meaning string
}

// Codes lists all codes.
var Codes = []CodeInfo{
	{ParseError, "parse error", "a line is not JSON; the hub counts it and reads on"},
	{InvalidRequest, "invalid request", "JSON, but no JSON-RPC 2.0 message"},
	{UnknownMethod, "unknown method", "the method does not exist in the version agreed on"},
	{InvalidParams, "invalid params", "a member is missing or of the wrong type; the message says which"},
	{InternalError, "internal error", "the side that was asked has failed"},
	{UnsupportedProtocol, "unsupported protocol", "answer to initialize when min > what you know or max < what you know"},
	{UnknownDevice, "unknown device", "no such device or endpoint"},
	{Unavailable, "unavailable", "the device does not answer; data.retryAfterMS says when to ask again"},
	{Rejected, "rejected", "the device refuses, and the message says why"},
	{Busy, "busy", "more than the limits allow at once"},
	{AuthNeeded, "authentication needed", "a person has to log in or press a button; the hub tells them with your message"},
	{DeadlineExceeded, "deadline exceeded", "the command was not done within deadlineMS"},
	{OverQuota, "over quota", "the plugin's store is full"},
}

// Error is an error as it travels.
type Error struct {
	Code    Code       `json:"code"`
	Message string     `json:"message" doc:"what is the matter and what to do, for a person" maxLength:"2000"`
	Data    *ErrorData `json:"data,omitempty"`
}

// ErrorData is what programs may act on.
type ErrorData struct {
	RetryAfterMS int `json:"retryAfterMS,omitempty" minimum:"0" doc:"ask again after so many milliseconds"`
}

// Error is the message; the code of one without words.
func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("error %d", e.Code)
	}
	return e.Message
}

// Errorf makes an error with a code.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// RetryAfter adds when to ask again.
func (e *Error) RetryAfter(d time.Duration) *Error {
	return &Error{e.Code, e.Message, &ErrorData{int(d.Milliseconds())}}
}

// CodeOf is the code of an error, [InternalError] for one that has none, 0 for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.Code
	}
	return InternalError
}

// asError makes any error one that can travel.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: InternalError, Message: err.Error()}
}
