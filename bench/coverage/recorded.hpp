#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cell.hpp"
#include "deepgap/core/error.hpp"

// Latencies that were recorded on real machines, replayed: a round begins anywhere in the record.
namespace deepgap::coverage {

struct Record {
  std::string name;
  std::vector<double> latencies_s;  // warm-up cut
  Truth truth;                      // of them, in seconds
};

// A one-dimensional .npy of unsigned 32-bit (or 64-bit) nanoseconds. Errc::io, Errc::invalid_input.
[[nodiscard]] Result<Record> read_record(const std::filesystem::path& npy);

[[nodiscard]] Cell record_cell(const Record& record, const CellOptions& options);

}  // namespace deepgap::coverage
