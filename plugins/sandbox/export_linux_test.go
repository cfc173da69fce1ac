package sandbox

// LaunchInPart starts a program as where the kernel gives no namespaces.
func LaunchInPart(s Spec) (*Process, error) { return launch(s, false) }
