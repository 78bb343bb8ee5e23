#include "deepgap/record/contract.hpp"

#include <gtest/gtest.h>

namespace deepgap::record {
namespace {

Contract everything() {
  return {.copies = true,
          .sync = "blocking-wait",
          .depth = 8,
          .cache = Cache::cold,
          .inputs = Inputs::fresh,
          .launch = "graph-replay",
          .batch = 32};
}

TEST(Contract, HasOneCanonicalText) {
  const Contract plain{.copies = false, .sync = "call-returns", .launch = "by-the-engine"};
  EXPECT_EQ(to_text(plain),
            "copies=none sync=call-returns depth=1 cache=hot inputs=reused launch=by-the-engine batch=1");
  EXPECT_EQ(to_text(Contract{}),
            "copies=unknown sync=unknown depth=1 cache=hot inputs=reused launch=unknown batch=1");
}

TEST(Contract, ComesBackFromItsText) {
  EXPECT_EQ(parse_contract(to_text(everything())), everything());
  EXPECT_EQ(parse_contract(to_text(Contract{})), Contract{});
}

TEST(Contract, RefusesWhatIsNoContract) {
  const std::string good = to_text(everything());
  EXPECT_FALSE(parse_contract(""));
  EXPECT_FALSE(parse_contract("one call = 1 samples, inputs and outputs in host memory"));
  EXPECT_FALSE(parse_contract("copies=none"));
  EXPECT_FALSE(parse_contract(good + " batch=1")) << "a key twice";
  EXPECT_FALSE(parse_contract(good + " colour=red"));
  for (const char* wrong : {"depth=0", "depth=-1", "depth=many", "cache=warm", "inputs=", "copies=yes",
                            "sync=a b", "sync=<b>", "batch=99999999999999999999"}) {
    const std::string key = std::string{wrong}.substr(0, std::string{wrong}.find('='));
    std::string text = good;
    const std::size_t at = text.find(key + "=");
    text.replace(at, std::min(text.find(' ', at), text.size()) - at, wrong);
    EXPECT_FALSE(parse_contract(text)) << text;
  }
}

TEST(Contract, TakesAnEnginesWordsAsOneWord) {
  EXPECT_EQ(contract_word("the call returns"), "call-returns");
  EXPECT_EQ(contract_word("Spinning wait"), "spinning-wait");
  EXPECT_EQ(contract_word(" kernel, by kernel! "), "kernel-by-kernel");
  EXPECT_EQ(contract_word(""), "");
  EXPECT_EQ(contract_word(std::string(200, 'x')).size(), 64U);
  Contract contract;
  contract.sync = contract_word("=\n'");
  EXPECT_EQ(parse_contract(to_text(contract)), contract);
}

TEST(Contract, SaysInWordsWhatDiffers) {
  const std::string cold = words(everything());
  EXPECT_NE(cold.find("copied to the device"), std::string::npos) << cold;
  EXPECT_NE(cold.find("emptied before each call"), std::string::npos) << cold;
  EXPECT_NE(cold.find("another input"), std::string::npos) << cold;
  EXPECT_NE(cold.find("8 for throughput"), std::string::npos) << cold;
  EXPECT_NE(cold.find("graph replay"), std::string::npos) << cold;
  const std::string unknown = words(Contract{});
  EXPECT_NE(unknown.find("cannot be told"), std::string::npos) << unknown;
}

TEST(Contract, ShowsATextOfAnOlderStoreAsItIs) {
  EXPECT_EQ(contract_words("one call = 1 samples"), "one call = 1 samples");
  EXPECT_EQ(contract_words(to_text(Contract{})), words(Contract{}));
}

}  // namespace
}  // namespace deepgap::record
