#include "deepgap/record/journal.hpp"

#include <utility>

namespace deepgap::record {

Result<std::vector<Round>> Journal::rounds(std::string_view case_string) {
  std::vector<Round> all;
  if (auto read = each_round(case_string, [&all](Round round) { all.push_back(std::move(round)); }); !read)
    return std::move(read).error();
  return all;
}

}  // namespace deepgap::record
