#pragma once

// The worker's side: answers requests on descriptor Process::kChannelFd until it closes.
// One worker holds one engine and at most one compiled case; it dies with its supervisor.
namespace deepgap::worker {

// Returns the process's exit code. SIGUSR1 ends a round early; SIGINT is the supervisor's business.
int serve();

}  // namespace deepgap::worker
