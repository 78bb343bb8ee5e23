#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "deepgap/model/reference.hpp"
#include "opened_engine.hpp"

// Whole networks on the card against the interpreter in double precision. int8 is compared with the same
// quantised network, not with fp32.
namespace deepgap::gpu {
namespace {

struct Given {
  std::string network;
  Precision precision = Precision::fp32;
  std::int64_t batch = 1;
};

void PrintTo(const Given& given, std::ostream* out) {
  *out << given.network << ' ' << name(given.precision) << ' ' << given.batch;
}

std::vector<Given> all_given() {
  std::vector<Given> all;
  for (const std::string network : {"tiny", "mobile", "vgg", "resnet18", "resnet50"})
    for (const Precision precision : kAllPrecisions)
      for (const std::int64_t batch : {1, 3})
        if (batch == 1 || network != "resnet50") all.push_back({network, precision, batch});
  return all;
}

double allowed(Precision precision) {
  switch (precision) {
    case Precision::fp32: return 1e-5;
    case Precision::tf32: return 2e-3;
    case Precision::fp16: return 5e-3;
    case Precision::bf16: return 2e-2;
    case Precision::int8: return 0.1;  // a sum is rounded once here and twice there, in each of the blocks
    case Precision::fp8: return 0.15;
  }
  return 0;
}

// ||out - reference|| / ||reference||
double relative_error(const std::vector<Tensor>& reference, const std::vector<Tensor>& out) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (reference[i].shape != out[i].shape) return std::numeric_limits<double>::infinity();
    const auto right = reference[i].as<float>(), got = out[i].as<float>();
    for (std::size_t j = 0; j < right.size(); ++j) {
      const double r = static_cast<double>(right[j]), d = static_cast<double>(got[j]) - r;
      error += d * d;
      size += r * r;
    }
  }
  return std::sqrt(error / size);
}

const std::vector<Tensor>& reference_of(const Given& given, const Subject& subject,
                                        const std::vector<Tensor>& inputs) {
  static std::map<std::string, std::vector<Tensor>> known;
  const bool quantised = given.precision == Precision::int8 || given.precision == Precision::fp8;
  const std::string key = given.network + std::to_string(given.batch) +
                          (quantised ? std::string{name(given.precision)} : std::string{});
  if (const auto found = known.find(key); found != known.end()) return found->second;
  return known.emplace(key, *model::run_reference(subject.graph, inputs)).first->second;
}

class Accuracy : public ::testing::TestWithParam<Given> {};
INSTANTIATE_TEST_SUITE_P(Networks, Accuracy, ::testing::ValuesIn(all_given()), [](const auto& instance) {
  return instance.param.network + "_" + std::string{name(instance.param.precision)} + "_" +
         std::to_string(instance.param.batch);
});

TEST_P(Accuracy, IsWithinWhatThePrecisionAllows) {
  static auto opened = open_engine(DEEPGAP_CUDNN_PLUGIN);
  if (!opened && opened.error().code() == Errc::unavailable) GTEST_SKIP() << opened.error().message();
  ASSERT_TRUE(opened) << opened.error().message();
  const Given& given = GetParam();
  const engine::Device& device = opened->engine->capabilities().devices.front();
  if (std::ranges::find(device.precisions, given.precision) == device.precisions.end())
    GTEST_SKIP() << device.name << " has no " << name(given.precision);
  const Subject subject = at_batch(network(given.network, given.precision), given.batch);
  engine::CompileOptions options;
  options.device = device.id;
  options.precision = given.precision;
  auto model = opened->engine->compile(subject.source(given.network), options);
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_EQ((*model)->effective().precision, given.precision) << (*model)->effective().precision_evidence;
  auto session = (*model)->open();
  ASSERT_TRUE(session) << session.error().message();
  const auto inputs = inputs_for(subject, 7);
  load(**session, inputs);
  (*session)->poison_outputs();
  const auto status = (*session)->run();
  ASSERT_TRUE(status) << status.error().message();
  const double error = relative_error(reference_of(given, subject, inputs), outputs_of(**model, **session));
  std::cout << "    relative error " << error << ", " << allowed(given.precision) << " allowed; "
            << (*model)->effective().precision_evidence << '\n';
  EXPECT_LE(error, allowed(given.precision));
}

}  // namespace
}  // namespace deepgap::gpu
