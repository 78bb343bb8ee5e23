#pragma once

#include <atomic>

namespace deepgap::cli {

// From now on the first SIGINT or SIGTERM sets the returned flag (the block in flight is finished) and says
// so on stderr; a second one ends the process at once with code 130. The store is safe either way.
const std::atomic<bool>& catch_interrupts();

// A pipe whose reader has gone and a file at its size limit make the write fail instead of ending the
// process, so that a run always closes its store. Worker processes inherit it.
void turn_write_signals_into_errors();

}  // namespace deepgap::cli
