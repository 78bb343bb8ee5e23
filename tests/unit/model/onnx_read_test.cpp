#include "deepgap/model/onnx_read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx.pb.h>

#include <fstream>
#include <functional>

#include "deepgap/model/operators.hpp"
#include "deepgap/model/shapes.hpp"
#include "files.hpp"

namespace deepgap::model {
namespace {

using ::testing::HasSubstr;

void describe(onnx::ValueInfoProto& value, const std::string& name, int type, const std::vector<int>& dims) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  for (const int dim : dims) tensor.mutable_shape()->add_dim()->set_dim_value(dim);
}

// x [1,2] -> Add(x, w) -> y
onnx::ModelProto valid_model() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  auto& graph = *model.mutable_graph();
  describe(*graph.add_input(), "x", onnx::TensorProto::FLOAT, {1, 2});
  describe(*graph.add_output(), "y", onnx::TensorProto::FLOAT, {1, 2});
  auto& weight = *graph.add_initializer();
  weight.set_name("w");
  weight.set_data_type(onnx::TensorProto::FLOAT);
  weight.add_dims(2);
  weight.add_float_data(1);
  weight.add_float_data(2);
  auto& node = *graph.add_node();
  node.set_op_type("Add");
  node.add_input("x");
  node.add_input("w");
  node.add_output("y");
  return model;
}

std::vector<std::byte> serialise(const onnx::ModelProto& model) {
  std::vector<std::byte> bytes(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

Result<Graph> read_changed(const std::function<void(onnx::ModelProto&)>& change) {
  onnx::ModelProto model = valid_model();
  change(model);
  return read_onnx(serialise(model));
}

onnx::TensorProto& weight(onnx::ModelProto& model) { return *model.mutable_graph()->mutable_initializer(0); }
onnx::NodeProto& first_node(onnx::ModelProto& model) { return *model.mutable_graph()->mutable_node(0); }

struct Fault {
  const char* what;
  std::function<void(onnx::ModelProto&)> change;
  Errc code;
  const char* message;
};

std::vector<Fault> faults() {
  const Errc broken = Errc::invalid_input;
  const Errc skip = Errc::unsupported;
  return {
      {"no graph", [](auto& m) { m.clear_graph(); }, broken, "no graph"},
      {"no IR version", [](auto& m) { m.clear_ir_version(); }, broken, "no IR version"},
      {"no opset", [](auto& m) { m.clear_opset_import(); }, broken, "operator set"},
      {"old opset", [](auto& m) { m.mutable_opset_import(0)->set_version(5); }, skip, "opset) 5"},
      {"future opset", [](auto& m) { m.mutable_opset_import(0)->set_version(99); }, skip, "opset) 99"},
      {"negative opset", [](auto& m) { m.mutable_opset_import(0)->set_version(-1); }, broken, "-1"},
      {"two opsets", [](auto& m) { m.add_opset_import()->set_version(13); }, broken, "two operator sets"},
      {"negative dim", [](auto& m) { weight(m).set_dims(0, -2); }, broken, "'w'"},
      {"dims overflow",
       [](auto& m) {
         for (int i = 0; i < 4; ++i) weight(m).add_dims(std::int64_t{1} << 40);
       },
       broken, "impossible shape"},
      {"huge dims, no data",
       [](auto& m) {
         weight(m).clear_float_data();
         weight(m).set_dims(0, std::int64_t{1} << 28);
       },
       broken, "holds 0"},
      {"over 2 GB", [](auto& m) { weight(m).set_dims(0, std::int64_t{1} << 38); }, skip, "2 GB"},
      {"too few elements", [](auto& m) { weight(m).set_dims(0, 3); }, broken, "needs 3 elements"},
      {"too many elements", [](auto& m) { weight(m).set_dims(0, 1); }, broken, "needs 1 elements"},
      {"raw data of another size", [](auto& m) { weight(m).set_raw_data("12345"); }, broken, "holds 5"},
      {"strings", [](auto& m) { weight(m).set_data_type(8); }, skip,
       "unsupported element type string of tensor 'w'"},
      {"int4", [](auto& m) { weight(m).set_data_type(22); }, skip,
       "unsupported element type int4 of tensor 'w'"},
      {"unknown type", [](auto& m) { weight(m).set_data_type(77); }, skip, "type 77"},
      {"value beyond its type",
       [](auto& m) {
         weight(m).clear_float_data();
         weight(m).set_data_type(onnx::TensorProto::INT8);
         weight(m).add_int32_data(1);
         weight(m).add_int32_data(300);
       },
       broken, "300 is out of range"},
      {"bool of 2",
       [](auto& m) {
         weight(m).set_data_type(onnx::TensorProto::BOOL);
         weight(m).set_raw_data("\x01\x02");
       },
       broken, "bool"},
      {"unnamed initialiser", [](auto& m) { weight(m).clear_name(); }, broken, "no name"},
      {"initialiser twice", [](auto& m) { *m.mutable_graph()->add_initializer() = weight(m); }, broken,
       "twice"},
      {"sparse weight", [](auto& m) { m.mutable_graph()->add_sparse_initializer(); }, skip, "sparse"},
      {"missing input", [](auto& m) { first_node(m).set_input(0, "nowhere"); }, broken, "'nowhere'"},
      {"missing output", [](auto& m) { m.mutable_graph()->mutable_output(0)->set_name("z"); }, broken, "'z'"},
      {"value produced twice", [](auto& m) { first_node(m).set_output(0, "x"); }, broken,
       "'x' is defined twice"},
      {"a cycle", [](auto& m) { first_node(m).set_input(0, "y"); }, broken, "cycle"},
      {"no output", [](auto& m) { m.mutable_graph()->clear_output(); }, broken, "no output"},
      {"input twice",
       [](auto& m) { describe(*m.mutable_graph()->add_input(), "x", onnx::TensorProto::FLOAT, {1}); }, broken,
       "'x' is listed twice"},
      {"input without type", [](auto& m) { m.mutable_graph()->mutable_input(0)->clear_type(); }, broken,
       "no type"},
      {"input that is a sequence",
       [](auto& m) { m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_sequence_type(); }, skip,
       "not a tensor"},
      {"input of strings",
       [](auto& m) {
         m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(8);
       },
       skip, "string of input 'x'"},
      {"input without shape",
       [](auto& m) {
         m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
       },
       skip, "no shape"},
      {"input with dimension 0",
       [](auto& m) { describe(*m.mutable_graph()->mutable_input(0), "x", onnx::TensorProto::FLOAT, {0}); },
       broken, "dimension 2 is 0"},
      {"input with an open picture size",
       [](auto& m) {
         m.mutable_graph()
             ->mutable_input(0)
             ->mutable_type()
             ->mutable_tensor_type()
             ->mutable_shape()
             ->mutable_dim(1)
             ->set_dim_param("width");
       },
       skip, "dimension 1 ('width')"},
      {"no operator", [](auto& m) { first_node(m).clear_op_type(); }, broken, "names no operator"},
      {"attribute twice",
       [](auto& m) {
         for (int i = 0; i < 2; ++i) {
           auto& attribute = *first_node(m).add_attribute();
           attribute.set_name("axis");
           attribute.set_type(onnx::AttributeProto::INT);
         }
       },
       broken, "'axis' is given twice"},
      {"attribute of an odd kind",
       [](auto& m) {
         auto& attribute = *first_node(m).add_attribute();
         attribute.set_name("tensors");
         attribute.set_type(onnx::AttributeProto::TENSORS);
       },
       skip, "'tensors'"},
      {"external data with a bad offset",
       [](auto& m) {
         weight(m).set_data_location(onnx::TensorProto::EXTERNAL);
         auto& entry = *weight(m).add_external_data();
         entry.set_key("offset");
         entry.set_value("-8");
       },
       broken, "offset"},
  };
}

TEST(ReadOnnx, TellsWhatIsWrongWithAModel) {
  ASSERT_TRUE(read_changed([](auto&) {}));
  for (const Fault& fault : faults()) {
    SCOPED_TRACE(fault.what);
    const auto graph = read_changed(fault.change);
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code(), fault.code) << graph.error().message();
    EXPECT_THAT(graph.error().message(), HasSubstr(fault.message));
  }
}

TEST(ReadOnnx, NamesTheFileAndWhatItIsInstead) {
  TemporaryFolder folder;
  const std::string lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
  const std::vector<std::pair<std::string, std::string>> contents = {
      {"", "empty"},
      {"Hello, I am no model.\n", "text file"},
      {"PK\x03\x04 data", "zip archive"},
      {"\x80\x02}q\x00", "pickle"},
      {"\x89HDF\r\n", "HDF5"},
      {lfs, "git lfs pull"},
      {std::string(64, '\0'), "not a readable ONNX model"},
      {"\xff\xfe\xfd", "not a readable ONNX model"},
  };
  for (const auto& [content, message] : contents) {
    const auto file = folder.path() / "model.onnx";
    std::ofstream{file, std::ios::binary} << content;
    const auto graph = read_onnx(file);
    ASSERT_FALSE(graph) << message;
    EXPECT_EQ(graph.error().code(), Errc::invalid_input);
    EXPECT_THAT(graph.error().message(), HasSubstr("model.onnx"));
    EXPECT_THAT(graph.error().message(), HasSubstr(message));
  }
}

TEST(ReadOnnx, RefusesWhatIsNoFile) {
  TemporaryFolder folder;
  EXPECT_THAT(read_onnx(folder.path() / "none.onnx").error().message(), HasSubstr("no such file"));
  EXPECT_THAT(read_onnx(folder.path()).error().message(), HasSubstr("folder"));
  EXPECT_THAT(read_onnx(std::filesystem::path{"/dev/zero"}).error().message(),
              HasSubstr("not a regular file"));
}

TEST(ReadOnnx, RefusesAFileOverTwoGigabytesWithoutReadingIt) {
  TemporaryFolder folder;
  const auto file = folder.path() / "huge.onnx";
  std::ofstream{file}.put('x');
  std::filesystem::resize_file(file, std::uintmax_t{1} << 36);  // sparse: takes no room
  EXPECT_THAT(read_onnx(file).error().message(), HasSubstr("2 GB"));
}

TEST(ReadOnnx, KeepsControlCharactersOutOfMessages) {
  const auto graph = read_changed([](auto& m) { first_node(m).set_input(0, "\x1b[31mred\n"); });
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().message().find('\x1b'), std::string::npos);
  EXPECT_EQ(graph.error().message().find('\n'), std::string::npos);
}

TEST(ReadOnnx, RefusesSubgraphsNestedWithoutEnd) {
  onnx::ModelProto model = valid_model();
  onnx::GraphProto* graph = model.mutable_graph();
  for (int depth = 0; depth < 200; ++depth) {
    auto& attribute = *graph->add_node()->add_attribute();
    attribute.set_name("body");
    attribute.set_type(onnx::AttributeProto::GRAPH);
    graph = attribute.mutable_g();
  }
  EXPECT_FALSE(read_onnx(serialise(model)));
}

TEST(ReadOnnx, SortsNodesThatComeTooEarly) {
  const auto graph = read_changed([](auto& m) {
    first_node(m).set_input(0, "late");
    auto& node = *m.mutable_graph()->add_node();
    node.set_op_type("Relu");
    node.add_input("x");
    node.add_output("late");
  });
  ASSERT_TRUE(graph) << graph.error().message();
  EXPECT_EQ(graph->nodes[0].op, "Relu");
  EXPECT_EQ(graph->nodes[1].op, "Add");
}

TEST(ReadOnnx, KeepsANodeWithASubgraphByItsName) {
  const auto graph = read_changed([](auto& m) {
    first_node(m).set_op_type("If");
    first_node(m).set_name("branch");
    auto& attribute = *first_node(m).add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(onnx::AttributeProto::GRAPH);
    attribute.mutable_g()->set_name("inner");
  });
  ASSERT_TRUE(graph) << graph.error().message();
  EXPECT_TRUE(graph->nodes[0].attributes.empty());
  const auto specs = infer_shapes(*graph, 1);
  ASSERT_FALSE(specs);
  EXPECT_EQ(specs.error().code(), Errc::unsupported);
  EXPECT_THAT(specs.error().message(), HasSubstr("operator 'If' (domain ai.onnx) of node 'branch'"));
}

TEST(ReadOnnx, KeepsTheDomainOfAnOperatorAndItsVersion) {
  const auto graph = read_changed([](auto& m) {
    first_node(m).set_domain("com.example");
    auto& import = *m.add_opset_import();
    import.set_domain("com.example");
    import.set_version(3);
  });
  ASSERT_TRUE(graph) << graph.error().message();
  EXPECT_EQ(graph->other_opsets.at("com.example"), 3);
  EXPECT_EQ(operators_used(*graph), std::vector<std::string>{"com.example.Add"});
  EXPECT_THAT(infer_shapes(*graph, 1).error().message(), HasSubstr("domain com.example"));
  const auto main = read_changed([](auto& m) { first_node(m).set_domain("ai.onnx"); });
  ASSERT_TRUE(main);
  EXPECT_TRUE(infer_shapes(*main, 1));
}

TEST(ReadOnnx, TakesMinusOneAndNoValueAsAnOpenBatch) {
  for (const bool minus_one : {false, true}) {
    const auto graph = read_changed([&](auto& m) {
      auto& dim = *m.mutable_graph()
                       ->mutable_input(0)
                       ->mutable_type()
                       ->mutable_tensor_type()
                       ->mutable_shape()
                       ->mutable_dim(0);
      dim.clear_dim_value();
      if (minus_one) dim.set_dim_value(-1);
    });
    ASSERT_TRUE(graph) << graph.error().message();
    EXPECT_TRUE(graph->dynamic_batch());
  }
}

template <class Fill>
Tensor weight_of(int type, Fill fill) {
  const auto graph = read_changed([&](auto& m) {
    weight(m).clear_float_data();
    weight(m).set_data_type(type);
    fill(weight(m));
  });
  EXPECT_TRUE(graph) << graph.error().message();
  return graph ? graph->constants.at("w") : Tensor{};
}

TEST(ReadOnnx, ReadsEveryElementTypeFromItsOwnField) {
  using Proto = onnx::TensorProto;
  const auto from_int32 = [](Proto& t) {
    t.add_int32_data(1);
    t.add_int32_data(0);
  };
  for (const int type : {2, 3, 9, 17})  // uint8, int8, bool, float8e4m3fn
    EXPECT_EQ(weight_of(type, from_int32).as<std::uint8_t>()[0], 1) << type;
  for (const int type : {Proto::INT16, Proto::UINT16, Proto::FLOAT16, Proto::BFLOAT16})
    EXPECT_EQ(weight_of(type, from_int32).as<std::uint16_t>()[0], 1) << type;
  EXPECT_EQ(weight_of(Proto::INT32, from_int32).as<std::int32_t>()[0], 1);
  const auto from_uint64 = [](Proto& t) {
    t.add_uint64_data(4000000000U);
    t.add_uint64_data(0);
  };
  EXPECT_EQ(weight_of(Proto::UINT32, from_uint64).as<std::uint32_t>()[0], 4000000000U);
  EXPECT_EQ(weight_of(Proto::UINT64, from_uint64).as<std::uint64_t>()[0], 4000000000U);
  const Tensor wide = weight_of(Proto::INT64, [](Proto& t) {
    t.add_int64_data(-1);
    t.add_int64_data(0);
  });
  EXPECT_EQ(wide.as<std::int64_t>()[0], -1);
  const Tensor doubles = weight_of(Proto::DOUBLE, [](Proto& t) {
    t.add_double_data(0.5);
    t.add_double_data(0);
  });
  EXPECT_EQ(doubles.as<double>()[0], 0.5);
}

TEST(ReadOnnx, ReadsAttributesOfFilesThatDoNotSayTheirKind) {
  const auto graph = read_changed([](auto& m) {
    auto& one = *first_node(m).add_attribute();
    one.set_name("one");
    one.set_i(7);
    auto& list = *first_node(m).add_attribute();
    list.set_name("list");
    list.add_floats(0.5F);
  });
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->nodes[0].int_or("one", 0), 7);
  EXPECT_EQ(std::get<std::vector<float>>(graph->nodes[0].attributes.at("list")), std::vector<float>{0.5F});
}

}  // namespace
}  // namespace deepgap::model
