#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <set>
#include <unordered_map>

#include "deepgap/core/text.hpp"
#include "topology_detail.hpp"

namespace deepgap::model {
namespace {

constexpr std::size_t kGiven = ~std::size_t{0};  // an input or a constant, not a node

using Producers = std::unordered_map<std::string_view, std::size_t>;

Error broken(std::string what) { return Error{Errc::invalid_input, std::move(what)}; }

Result<Producers> producers_of(const Graph& graph) {
  Producers producers;
  for (const auto& [key, tensor] : graph.constants) producers.emplace(key, kGiven);
  for (const Value& input : graph.inputs)
    if (!producers.emplace(input.name, kGiven).second)
      return broken(fmt::format("value {} is defined twice", show(input.name)));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const std::string& output : graph.nodes[i].outputs)
      if (!output.empty() && !producers.emplace(output, i).second)
        return broken(fmt::format("value {} is defined twice", show(output)));
  return producers;
}

// For every node, the nodes that read it (once for each input), and how many of its own inputs are still
// open.
struct Edges {
  std::vector<std::vector<std::size_t>> readers;
  std::vector<std::size_t> waiting_for;
};

Result<Edges> edges_of(const Graph& graph, const Producers& producers) {
  Edges edges{std::vector<std::vector<std::size_t>>(graph.nodes.size()),
              std::vector<std::size_t>(graph.nodes.size())};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& input : graph.nodes[i].inputs) {
      if (input.empty()) continue;
      const auto producer = producers.find(input);
      if (producer == producers.end())
        return broken(
            fmt::format("{} reads {}, which nothing defines", label_of(graph.nodes[i]), show(input)));
      if (producer->second == kGiven) continue;
      edges.readers[producer->second].push_back(i);
      ++edges.waiting_for[i];
    }
  }
  return edges;
}

std::vector<std::size_t> order_of(Edges& edges) {
  std::vector<std::size_t> order;
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < edges.waiting_for.size(); ++i)
    if (edges.waiting_for[i] == 0) ready.push(i);
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const std::size_t reader : edges.readers[order.back()])
      if (--edges.waiting_for[reader] == 0) ready.push(reader);
  }
  return order;
}

}  // namespace

std::string show(std::string_view name) { return fmt::format("'{}'", printable(name, 120)); }

std::string label_of(const Node& node) {
  const std::string op = printable(node.op, 60);
  if (!node.name.empty()) return fmt::format("node {} ({})", show(node.name), op);
  const auto output =
      std::ranges::find_if(node.outputs, [](const std::string& value) { return !value.empty(); });
  return output == node.outputs.end() ? fmt::format("a node ({})", op)
                                      : fmt::format("the node of {} ({})", show(*output), op);
}

Status sort_topologically(Graph& graph) {
  const auto producers = producers_of(graph);
  if (!producers) return producers.error();
  for (const Value& output : graph.outputs)
    if (!producers->contains(output.name))
      return broken(fmt::format("output {} is defined by nothing", show(output.name)));
  auto edges = edges_of(graph, *producers);
  if (!edges) return std::move(edges).error();
  const std::vector<std::size_t> order = order_of(*edges);
  if (order.size() != graph.nodes.size()) {
    const auto stuck = std::ranges::find_if(edges->waiting_for, [](std::size_t open) { return open != 0; });
    return broken(
        fmt::format("{} waits for itself (a cycle)",
                    label_of(graph.nodes[static_cast<std::size_t>(stuck - edges->waiting_for.begin())])));
  }
  std::vector<Node> sorted;
  sorted.reserve(order.size());
  for (const std::size_t index : order) sorted.push_back(std::move(graph.nodes[index]));
  graph.nodes = std::move(sorted);
  return {};
}

void fold_constant_copies(Graph& graph) {
  std::set<std::string_view> outputs;
  for (const Value& output : graph.outputs) outputs.insert(output.name);
  std::map<std::string, std::string, std::less<>> stands_for;
  const auto copies = [&](const Node& node) {
    if (!node.domain.empty() || node.inputs.empty() || node.outputs.size() != 1) return false;
    const bool plain = (node.op == "Identity" && node.inputs.size() == 1) ||
                       (node.op == "Dropout" && node.inputs.size() <= 2);
    return plain && graph.constants.contains(node.inputs[0]) && !outputs.contains(node.outputs[0]);
  };
  std::erase_if(graph.nodes, [&](Node& node) {
    for (std::string& input : node.inputs)
      if (const auto known = stands_for.find(input); known != stands_for.end()) input = known->second;
    if (!copies(node)) return false;
    stands_for[node.outputs[0]] = node.inputs[0];
    return true;
  });
}

}  // namespace deepgap::model
