#pragma once

#include <atomic>

namespace deepgap::cli {

// From now on the first SIGINT or SIGTERM sets the returned flag (the block in flight is finished) and says
// so on stderr; a second one ends the process at once with code 130. The store is safe either way.
const std::atomic<bool>& catch_interrupts();

}  // namespace deepgap::cli
