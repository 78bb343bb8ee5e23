#include "deepgap/store/samples.hpp"

#include <fmt/core.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <string>
#include <string_view>

namespace deepgap::store {

namespace {

constexpr std::byte kVersion{1};
constexpr std::byte kHasEnds{1};
constexpr std::size_t kHeaderBytes = 10;
constexpr std::size_t kBlock = 65536;
constexpr int kLevel = 3;
constexpr int kWindowLog = 21;  // 2 MiB: what kLevel uses, and all that a forged frame may make us allocate

Error damaged(std::string_view why) {
  return Error{Errc::invalid_input, fmt::format("raw samples are damaged ({})", why)};
}

// All arithmetic wraps in 64 unsigned bits, so that every series comes back, overflowing ones included.
std::uint64_t bits(std::int64_t value) { return std::bit_cast<std::uint64_t>(value); }
std::int64_t value(std::uint64_t bits) { return std::bit_cast<std::int64_t>(bits); }

void put_u64(std::vector<std::byte>& out, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8) out.push_back(static_cast<std::byte>(number >> shift));
}

std::uint64_t get_u64(const std::byte* at) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < 8; ++i) number |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
  return number;
}

void put_column(std::vector<std::byte>& out, std::span<const std::int64_t> column) {
  const auto [lowest, highest] = std::minmax_element(column.begin(), column.end());
  const std::uint64_t base = bits(*lowest);
  const auto width = static_cast<unsigned>((std::bit_width(bits(*highest) - base) + 7) / 8);
  put_u64(out, base);
  out.push_back(static_cast<std::byte>(width));
  for (unsigned plane = 0; plane < width; ++plane) {
    for (const std::int64_t v : column)
      out.push_back(static_cast<std::byte>((bits(v) - base) >> (8 * plane)));
  }
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

// Reads exactly what is asked for, never more than that into memory.
class Decompressor {
 public:
  explicit Decompressor(ConstBytes frame) : input_{frame.data(), frame.size(), 0} {
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLog);
  }

  Status read(std::span<std::byte> wanted) {
    ZSTD_outBuffer output{wanted.data(), wanted.size(), 0};
    while (output.pos < output.size) {
      const std::size_t before_in = input_.pos, before_out = output.pos;
      if (ended_) return damaged("they end early");
      if (auto stepped = step(output); !stepped) return stepped;
      if (input_.pos == before_in && output.pos == before_out) return damaged("they end early");
    }
    return {};
  }

  Status finish() {
    std::byte spare{};
    ZSTD_outBuffer output{&spare, 1, 0};
    while (!ended_) {
      const std::size_t before = input_.pos;
      if (auto stepped = step(output); !stepped) return stepped;
      if (output.pos != 0) return damaged("there are more than were promised");
      if (!ended_ && input_.pos == before) return damaged("they end early");
    }
    if (input_.pos != input_.size) return damaged("something follows them");
    return {};
  }

 private:
  Status step(ZSTD_outBuffer& output) {
    const std::size_t left = ZSTD_decompressStream(context_.get(), &output, &input_);
    if (ZSTD_isError(left) != 0) return damaged(ZSTD_getErrorName(left));
    ended_ = left == 0;
    return {};
  }

  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context_{ZSTD_createDCtx()};
  ZSTD_inBuffer input_;
  bool ended_ = false;
};

Status get_column(Decompressor& from, std::vector<std::byte>& buffer, std::span<std::int64_t> column) {
  std::array<std::byte, 9> head{};
  if (auto got = from.read(head); !got) return got;
  const std::uint64_t base = get_u64(head.data());
  const auto width = std::to_integer<unsigned>(head[8]);
  if (width > 8) return damaged("more than 8 bytes a value");
  buffer.resize(width * column.size());
  if (auto got = from.read(buffer); !got) return got;
  for (std::size_t i = 0; i < column.size(); ++i) {
    std::uint64_t offset = 0;
    for (unsigned plane = 0; plane < width; ++plane) {
      offset |= std::to_integer<std::uint64_t>(buffer[plane * column.size() + i]) << (8 * plane);
    }
    column[i] = value(base + offset);
  }
  return {};
}

void gaps_to_ends(std::span<std::int64_t> gaps, std::span<const std::int64_t> latencies,
                  std::int64_t previous) {
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    previous = value(bits(previous) + bits(latencies[i]) + bits(gaps[i]));
    gaps[i] = previous;
  }
}

}  // namespace

Result<std::vector<std::byte>> encode_samples(std::span<const std::int64_t> latencies_ns,
                                              std::span<const std::int64_t> ends_ns) {
  const std::size_t count = latencies_ns.size();
  if (count > kMaxSamples) {
    return Error{
        Errc::invalid_input,
        fmt::format("a round has {} samples; at most {} can be kept: shorten it", count, kMaxSamples)};
  }
  if (!ends_ns.empty() && ends_ns.size() != count) {
    return Error{Errc::internal, fmt::format("{} latencies but {} ends in one round", count, ends_ns.size())};
  }
  std::vector<std::byte> raw;
  std::vector<std::int64_t> gaps;
  std::int64_t previous = 0;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const auto latencies = latencies_ns.subspan(first, std::min(kBlock, count - first));
    put_column(raw, latencies);
    if (ends_ns.empty()) continue;
    gaps.clear();
    for (std::size_t i = 0; i < latencies.size(); ++i) {
      const std::int64_t end = ends_ns[first + i];
      gaps.push_back(value(bits(end) - bits(previous) - bits(latencies[i])));
      previous = end;
    }
    put_column(raw, gaps);
  }
  std::vector<std::byte> out{kVersion, ends_ns.empty() ? std::byte{0} : kHasEnds};
  put_u64(out, count);
  out.resize(kHeaderBytes + ZSTD_compressBound(raw.size()));
  const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context{ZSTD_createCCtx()};
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, kWindowLog);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const std::size_t size = ZSTD_compress2(context.get(), out.data() + kHeaderBytes, out.size() - kHeaderBytes,
                                          raw.data(), raw.size());
  if (ZSTD_isError(size) != 0) return Error{Errc::internal, ZSTD_getErrorName(size)};
  out.resize(kHeaderBytes + size);
  out.shrink_to_fit();
  return out;
}

Result<Series> decode_samples(ConstBytes bytes) {
  if (bytes.size() < kHeaderBytes) return damaged("they are shorter than their header");
  if (bytes[0] != kVersion) {
    return damaged(fmt::format("version {} of their format, this program knows {}",
                               std::to_integer<int>(bytes[0]), std::to_integer<int>(kVersion)));
  }
  if ((bytes[1] | kHasEnds) != kHasEnds) return damaged("unknown flags");
  const bool has_ends = bytes[1] == kHasEnds;
  const std::uint64_t count = get_u64(&bytes[2]);
  if (count > kMaxSamples) return damaged(fmt::format("{} samples promised", count));

  Decompressor from{bytes.subspan(kHeaderBytes)};
  Series series;
  std::vector<std::byte> buffer;
  std::array<std::vector<std::int64_t>, 2> columns;
  std::int64_t previous = 0;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const auto here = std::min<std::size_t>(kBlock, count - first);
    for (auto& column : columns) column.resize(here);
    auto& [latencies, ends] = columns;
    if (auto got = get_column(from, buffer, latencies); !got) return std::move(got).error();
    series.latencies_ns.insert(series.latencies_ns.end(), latencies.begin(), latencies.end());
    if (!has_ends) continue;
    if (auto got = get_column(from, buffer, ends); !got) return std::move(got).error();
    gaps_to_ends(ends, latencies, previous);
    previous = ends.back();
    series.ends_ns.insert(series.ends_ns.end(), ends.begin(), ends.end());
  }
  if (auto ended = from.finish(); !ended) return std::move(ended).error();
  return series;
}

}  // namespace deepgap::store
