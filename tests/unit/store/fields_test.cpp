#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cstdlib>
#include <set>

#include "deepgap/record/columns.hpp"
#include "deepgap/store/round_fields.hpp"
#include "deepgap/store/row_fields.hpp"
#include "fixture.hpp"

namespace deepgap::store {
namespace {

// Converts to whatever a member wants, so that the members of an aggregate can be counted.
struct Anything {
  template <class T>
    requires(!std::is_same_v<T, std::nullopt_t> && !std::is_same_v<T, std::in_place_t>)
  operator T() const {  // NOLINT(*-explicit-*): that is its use, and it is never called
    std::abort();
  }
};

template <class T, class... Members>
consteval std::size_t member_count() {
  if constexpr (requires { T{Members{}..., Anything{}}; }) {
    return member_count<T, Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}

class Fields : public Folder {};

TEST_F(Fields, CoverEveryMemberOfARow) { EXPECT_EQ(member_count<record::Row>(), row_fields().size()); }

TEST_F(Fields, CoverEveryMemberOfARoundButItsTwoSeries) {
  EXPECT_EQ(member_count<record::Round>(), round_fields().size() + 2);
}

TEST_F(Fields, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const auto& f : row_fields()) EXPECT_TRUE(names.insert(f.name).second) << f.name;
}

TEST_F(Fields, BearTheNamesOfTheColumnTable) {
  std::set<std::string> stored;
  for (const auto& f : row_fields()) {
    for (const auto& column : f.columns) stored.insert(fmt::format("{}{}", f.name, column.suffix));
  }
  for (const auto& column : record::columns()) EXPECT_TRUE(stored.contains(column.name)) << column.name;
}

// What anybody with sqlite3 may ask, by the names of the other outputs.
TEST_F(Fields, CanBeQueriedByNameWithAbsentAsNull) {
  {
    auto store = must(Store::open(at("study.db"), Mode::create_or_resume));
    must(store.put_row(full_row("engine=openvino model=resnet50")));
  }
  auto database = must(Database::open(at("study.db").string(), SQLITE_OPEN_READONLY));
  Query found = database.query(
      "SELECT \"case\", outcome, batch, throughput_ips, throughput_ips_lo, throughput_ips_hi, "
      "latency_p99_ms_lo, "
      "json_extract(settings_requested, '$.hint'), json_extract(settings_effective, '$.hint'), started_at "
      "FROM results");
  ASSERT_TRUE(must(found.next()));
  EXPECT_EQ(found.text(0), "engine=openvino model=resnet50");
  EXPECT_EQ(found.text(1), "mistrusted");
  EXPECT_EQ(found.integer(2), 32);
  EXPECT_EQ(found.real(3), 1234.5);
  EXPECT_EQ(found.real(4), 1200.0);
  EXPECT_EQ(found.real(5), 1300.0);
  EXPECT_TRUE(found.is_null(6));
  EXPECT_EQ(found.text(7), "latency");
  EXPECT_EQ(found.text(8), "throughput");
  EXPECT_EQ(found.text(9), "2026-01-02T03:04:05Z");
}

TEST_F(Fields, OfABlockThatAreAbsentStayAbsent) {
  record::Round round = small_round(0);
  round.blocks.resize(2);
  round.blocks[0] = {.first_sample = 0, .samples = 2, .foreign_cpu_share = 0.25, .cpu_mhz = 2100.0};
  round.blocks[1] = {.first_sample = 2,
                     .samples = 1,
                     .throttled_share = 0.5,
                     .steal_share = 0.125,
                     .device_mhz = 1410,
                     .device_temperature_c = 88,
                     .device_power_w = 340,
                     .throttle_reasons = "thermal"};
  auto store = must(Store::open(at("study.db"), Mode::create_or_resume));
  must(store.add_round("first case", round));
  EXPECT_THAT(must(store.rounds("first case")), ::testing::ElementsAre(round));
}

TEST_F(Fields, RefuseAnOutcomeAndJsonThatDeepgapDoesNotWrite) {
  for (const char* change : {"outcome = 'fine'", "warnings = '{}'", "warnings = '[1]'",
                             "settings_requested = '['", "settings_effective = '{\"a\": 1}'"}) {
    auto store = must(Store::open(at("study.db"), Mode::create_or_resume));
    must(store.put_row(full_row("first case")));
    store.close();
    {
      auto database = must(Database::open(at("study.db").string(), SQLITE_OPEN_READWRITE));
      must(database.exec(std::string{"UPDATE results SET "} + change));
    }
    auto damaged = must(Store::open(at("study.db"), Mode::read_only));
    const auto rows = damaged.rows();
    ASSERT_FALSE(rows) << change;
    EXPECT_EQ(rows.error().code(), Errc::invalid_input);
    EXPECT_THAT(rows.error().message(), ::testing::HasSubstr("study.db"));
    EXPECT_THAT(rows.error().message(), ::testing::HasSubstr("which deepgap does not write"));
  }
}

TEST_F(Fields, RefuseTensorsAndSamplesThatAreDamaged) {
  {
    auto store = must(Store::open(at("study.db"), Mode::create_or_resume));
    must(store.add_round("first case", small_round(0)));
    for (const char* key : {"dtype", "shape", "shape2", "data", "length"}) {
      must(store.put_tensors(key, {make_tensor(DType::f32, {2, 2})}));
    }
  }
  {
    auto database = must(Database::open(at("study.db").string(), SQLITE_OPEN_READWRITE));
    must(
        database.exec("UPDATE samples SET series = x'0102';"
                      "UPDATE tensors SET dtype = 'f33' WHERE key = 'dtype';"
                      "UPDATE tensors SET shape = '[1e9,9999999999999]' WHERE key = 'shape';"
                      "UPDATE tensors SET shape = '[4294967296,4294967296]' WHERE key = 'shape2';"
                      "UPDATE tensors SET data = x'00' WHERE key = 'data';"
                      "UPDATE tensor_lists SET length = 2 WHERE key = 'length'"));
  }
  auto store = must(Store::open(at("study.db"), Mode::read_only));
  EXPECT_EQ(store.rounds("first case").error().code(), Errc::invalid_input);
  for (const char* key : {"dtype", "shape", "shape2", "data", "length"}) {
    const auto tensors = store.tensors(key);
    ASSERT_FALSE(tensors) << key;
    EXPECT_EQ(tensors.error().code(), Errc::invalid_input);
  }
}

}  // namespace
}  // namespace deepgap::store
