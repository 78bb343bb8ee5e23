#pragma once

#include <filesystem>
#include <string>
#include <vector>

// What is really in a store's file, read without the program's own code.
namespace deepgap::golden {

using Table = std::vector<std::vector<std::string>>;  // rows of values, NULL as "NULL", blobs as their bytes

void change_database(const std::filesystem::path& file, const std::string& sql);
Table query(const std::filesystem::path& file, const std::string& sql);

// The same of a copy of the store and its log, so that a writer is not disturbed and what a killed one left
// stays as it is. Empty when there is nothing to read yet.
Table query_copy(const std::filesystem::path& store, const std::string& sql);

// Every round with its raw samples.
Table raw_rounds(const std::filesystem::path& store);
std::size_t rounds_in(const std::filesystem::path& store);

}  // namespace deepgap::golden
