#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"

// Where results go while they come: implemented by store/, written to by the run loop.
// Every call is durable when it returns (one transaction).
namespace deepgap::record {

class Journal {
 public:
  virtual ~Journal() = default;

  virtual Status add_round(std::string_view case_string, const Round& round) = 0;  // replaces an equal index
  // With samples, by index, one after another: a case may hold more than fits into memory at once.
  virtual Status each_round(std::string_view case_string, const std::function<void(Round)>& visit) = 0;
  virtual Status put_row(const Row& row) = 0;  // replaces an equal case_string
  virtual Result<std::optional<Row>> row(std::string_view case_string) = 0;
  // Named binary results that are costly to make again (golden outputs, outputs for agreement).
  virtual Status put_tensors(std::string_view key, const std::vector<Tensor>& tensors) = 0;
  virtual Result<std::optional<std::vector<Tensor>>> tensors(std::string_view key) = 0;

  Result<std::vector<Round>> rounds(std::string_view case_string);  // all of them at once
};

}  // namespace deepgap::record
