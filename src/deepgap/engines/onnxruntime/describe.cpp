#include "deepgap/engines/onnxruntime/describe.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

// The functions that tell of one side of a session.
struct Side {
  decltype(OrtApi::SessionGetInputCount) count;
  decltype(OrtApi::SessionGetInputName) name;
  decltype(OrtApi::SessionGetInputTypeInfo) type;
};

class Reader {
 public:
  Reader(const OrtApi& api, const OrtSession& session, OrtAllocator& allocator)
      : api_{&api}, session_{&session}, allocator_{&allocator} {}

  Status read(const Side& side, std::vector<Port>& ports) const {
    std::size_t count = 0;
    if (auto told = ask(side.count(session_, &count)); !told) return told;
    for (std::size_t i = 0; i < count; ++i) {
      char* name = nullptr;
      if (auto told = ask(side.name(session_, i, allocator_, &name)); !told) return told;
      ports.push_back({name, ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED, {}, {}});
      if (auto freed = ask(api_->AllocatorFree(allocator_, name)); !freed) return freed;
      OrtTypeInfo* info = nullptr;
      if (auto told = ask(side.type(session_, i, &info)); !told) return told;
      const Handle<OrtTypeInfo> owned{info, {api_->ReleaseTypeInfo}};
      if (auto told = read_tensor(*info, ports.back()); !told) return told;
    }
    return {};
  }

 private:
  Status ask(OrtStatus* status) const {
    return check(*api_, status, "describe the network", Errc::engine_failure);
  }

  Status read_tensor(const OrtTypeInfo& info, Port& port) const {
    const OrtTensorTypeAndShapeInfo* tensor = nullptr;  // owned by `info`
    if (auto told = ask(api_->CastTypeInfoToTensorInfo(&info, &tensor)); !told) return told;
    if (tensor == nullptr) return {};  // a sequence or map
    if (auto told = ask(api_->GetTensorElementType(tensor, &port.type)); !told) return told;
    std::size_t rank = 0;
    if (auto told = ask(api_->GetDimensionsCount(tensor, &rank)); !told) return told;
    port.shape.resize(rank);
    if (auto told = ask(api_->GetDimensions(tensor, port.shape.data(), rank)); !told) return told;
    std::vector<const char*> symbols(rank);  // owned by `info`
    if (auto told = ask(api_->GetSymbolicDimensions(tensor, symbols.data(), rank)); !told) return told;
    for (const char* symbol : symbols) port.symbols.emplace_back(symbol != nullptr ? symbol : "");
    return {};
  }

  const OrtApi* api_;
  const OrtSession* session_;
  OrtAllocator* allocator_;
};

}  // namespace

Result<Ports> ports_of(const Runtime& runtime, const OrtSession& session) {
  const OrtApi& api = runtime.api();
  OrtAllocator* allocator = nullptr;  // the library's own, never released
  if (auto told =
          check(api, api.GetAllocatorWithDefaultOptions(&allocator), "allocate", Errc::engine_failure);
      !told)
    return std::move(told).error();
  const Reader reader{api, session, *allocator};
  Ports ports;
  if (auto read = reader.read(
          {api.SessionGetInputCount, api.SessionGetInputName, api.SessionGetInputTypeInfo}, ports.inputs);
      !read)
    return std::move(read).error();
  if (auto read = reader.read(
          {api.SessionGetOutputCount, api.SessionGetOutputName, api.SessionGetOutputTypeInfo}, ports.outputs);
      !read)
    return std::move(read).error();
  return ports;
}

}  // namespace deepgap::engines::onnxruntime
