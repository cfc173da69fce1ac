/// <reference types="svelte" />
/// <reference types="vite/client" />

interface TrustedTypePolicy {
  createScriptURL(input: string): unknown;
}
interface Window {
  trustedTypes?: { createPolicy(name: string, rules: { createScriptURL: (input: string) => string }): TrustedTypePolicy };
}
