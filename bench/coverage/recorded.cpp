#include "recorded.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "deepgap/stats/long_run_variance.hpp"
#include "deepgap/stats/series.hpp"
#include "deepgap/stats/synth.hpp"

namespace deepgap::coverage {
namespace {

constexpr std::size_t kPrefix = 10;  // magic, version, length of the header

template <class Integer>
std::vector<double> seconds(std::string_view bytes) {
  std::vector<double> values(bytes.size() / sizeof(Integer));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Integer ns = 0;
    std::memcpy(&ns, bytes.data() + i * sizeof(Integer), sizeof(Integer));
    values[i] = static_cast<double>(ns) * 1e-9;
  }
  return values;
}

Truth truth_of(std::vector<double> values) {
  Truth truth;
  truth.mean = stats::mean_of(values);
  std::ranges::sort(values);
  for (const auto p : stats::kAllPercentiles) {
    const auto rank = stats::point_rank(static_cast<std::int64_t>(values.size()), stats::probability(p));
    truth.quantiles[static_cast<std::size_t>(p)] = values[static_cast<std::size_t>(rank - 1)];
  }
  return truth;
}

// Calls from a place of the record on; its end is followed by its beginning.
class Replay final : public Source {
 public:
  Replay(const std::vector<double>& record, std::size_t start, double base_s)
      : record_{record}, at_{start}, base_s_{base_s} {}
  double next() override {
    const double x = record_[at_] / base_s_;
    at_ = at_ + 1 == record_.size() ? 0 : at_ + 1;
    return x;
  }

 private:
  const std::vector<double>& record_;
  std::size_t at_;
  double base_s_;
};

}  // namespace

Result<Record> read_record(const std::filesystem::path& npy) {
  std::ifstream file{npy, std::ios::binary};
  if (!file) return Error{Errc::io, "cannot read " + npy.string()};
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  const auto refuse = [&](const char* what) {
    return Error{Errc::invalid_input, npy.string() + ": " + what};
  };
  if (bytes.size() < kPrefix || bytes.compare(0, 6, "\x93NUMPY") != 0) return refuse("not a NumPy array");
  const std::size_t header =
      static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]) + kPrefix;
  if (header > bytes.size()) return refuse("the header is cut off");
  const std::string_view words{bytes.data(), header};
  const std::string_view data{bytes.data() + header, bytes.size() - header};
  std::vector<double> values;
  if (words.find("'<u4'") != std::string_view::npos)
    values = seconds<std::uint32_t>(data);
  else if (words.find("'<u8'") != std::string_view::npos || words.find("'<i8'") != std::string_view::npos)
    values = seconds<std::uint64_t>(data);
  else
    return refuse("it must hold nanoseconds as '<u4' or '<u8'");
  auto look = stats::analyse(values, stats::ends_of(values), {}, stats::Depth::stopping);
  if (!look) return std::move(look).error().in(npy.string());
  Record record;
  record.name = npy.stem().string();
  record.latencies_s.assign(values.begin() + look->cut, values.end());
  if (record.latencies_s.empty()) return refuse("it holds no calls");
  record.truth = truth_of(record.latencies_s);
  return record;
}

Cell record_cell(const Record& record, const CellOptions& options) {
  return fill_cell(options.runs, options.threads, [&](int run) {
    SessionOptions session = options.session;
    session.base_s = *record.truth.mean;
    session.seed = static_cast<std::uint64_t>(run) + 1;
    const MakeSource make = [&](const RoundPlace& place) {
      const double at =
          stats::uniforms(place.seed, 1).front() * static_cast<double>(record.latencies_s.size());
      return std::make_unique<Replay>(record.latencies_s, static_cast<std::size_t>(at), session.base_s);
    };
    return Outcome{run_session(make, session), record.truth};
  });
}

}  // namespace deepgap::coverage
