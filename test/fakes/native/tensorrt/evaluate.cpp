#include "evaluate.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "elements.h"

namespace standin::tensorrt {
namespace {

constexpr double kTokenScale = 16;
constexpr std::int64_t kActionValues = 35;

void sleep_us(double microseconds) {
  if (microseconds <= 0) return;
  std::this_thread::sleep_for(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
}

std::size_t byte_size(const Bound& tensor) {
  return static_cast<std::size_t>(element_count(tensor.shape)) * element_size(tensor.spec->type);
}

double at(const Bound& tensor, std::int64_t index) {
  return read_element(tensor.spec->type, tensor.data, index);
}

std::vector<const Bound*> select(const std::vector<Bound>& tensors, bool inputs) {
  std::vector<const Bound*> chosen;
  for (const Bound& tensor : tensors) {
    if (tensor.spec->is_input == inputs) chosen.push_back(&tensor);
  }
  return chosen;
}

bool is_image(const Bound& tensor) {
  return tensor.shape.size() == 4;
}
bool is_tokens(const Bound& tensor) {
  return tensor.spec->type == Element::kInt64 || tensor.spec->type == Element::kInt32;
}

/// Elements that belong to one batch entry.
std::int64_t entry_size(const Bound& tensor) {
  return tensor.shape.empty() ? 1 : element_count(tensor.shape) / std::max<std::int64_t>(tensor.shape[0], 1);
}

bool has_entry(const Bound& tensor, std::int64_t batch) {
  return tensor.shape.empty() ? batch == 0 : batch < tensor.shape[0];
}

/// Mean of each of the three channels of image `batch`, in either layout.
void add_colours(const Bound& image, std::int64_t batch, bool unit, std::vector<double>& features) {
  const bool last = image.shape[3] == 3;
  const std::int64_t pixels = last ? image.shape[1] * image.shape[2] : image.shape[2] * image.shape[3];
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    double sum = 0;
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
      sum += at(image, batch * pixels * 3 + (last ? pixel * 3 + channel : channel * pixels + pixel));
    }
    const double mean = sum / static_cast<double>(pixels);
    features.push_back(unit ? mean / mean : mean);
  }
}

void add_tokens(const Bound& tokens, std::int64_t batch, std::vector<double>& features) {
  const std::int64_t length = entry_size(tokens);
  double sum = 0;
  for (std::int64_t i = 0; i < length; ++i) sum += at(tokens, batch * length + i) / kTokenScale;
  features.push_back(sum / static_cast<double>(length));
}

std::string check_tokens(const EngineSpec& engine, const std::vector<const Bound*>& inputs) {
  for (const Bound* input : inputs) {
    for (std::int64_t i = 0; engine.vocabulary > 0 && is_tokens(*input) && i < element_count(input->shape);
         ++i) {
      const double id = at(*input, i);
      if (id < 0 || id >= engine.vocabulary) {
        return "Gather: indices element out of data bounds, idx=" + std::to_string(std::int64_t(id)) +
               " must be within [0," + std::to_string(engine.vocabulary - 1) + "] in " + input->spec->name;
      }
    }
  }
  return {};
}

void features_to_actions(const EngineSpec& engine, const std::vector<const Bound*>& inputs,
                         const Bound& output) {
  const std::int64_t batches = output.shape.empty() ? 1 : output.shape[0];
  const std::int64_t columns = batches == 0 ? 0 : element_count(output.shape) / batches;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    std::vector<double> features;
    for (const Bound* input : inputs) {
      if (!has_entry(*input, batch)) continue;
      if (is_image(*input)) {
        add_colours(*input, batch, (engine.flags & kUnitColours) != 0, features);
      } else if (is_tokens(*input)) {
        add_tokens(*input, batch, features);
      } else {
        const std::int64_t length = entry_size(*input);
        for (std::int64_t i = 0; i < length; ++i) features.push_back(at(*input, batch * length + i));
      }
    }
    for (std::int64_t column = 0; column < columns; ++column) {
      double sum = 0;
      for (std::size_t row = 0; row < features.size(); ++row) {
        const auto weight = (static_cast<std::int64_t>(row) * kActionValues + column) % 11;
        sum += features[row] * (static_cast<double>(weight) / 10 - 0.5);
      }
      write_element(output.spec->type, output.data, batch * columns + column, sum);
    }
  }
}

void slow(const EngineSpec& engine, const std::vector<const Bound*>& inputs, const Bound& output) {
  double tokens = 0;
  double brightness = 0;
  for (const Bound* input : inputs) {
    const std::int64_t count = element_count(input->shape);
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) sum += at(*input, i);
    if (is_tokens(*input)) tokens += sum;
    if (is_image(*input)) brightness = sum / static_cast<double>(count);
  }
  sleep_us(tokens * engine.step_us);
  for (std::int64_t i = 0; i < element_count(output.shape); ++i) {
    write_element(output.spec->type, output.data, i, brightness / 128);
  }
}

void pseudo(std::uint64_t seed, const Bound& output) {
  for (std::int64_t i = 0; i < element_count(output.shape); ++i) {
    // splitmix64: neighbouring elements share no pattern.
    std::uint64_t mixed = seed + 0x9e3779b97f4a7c15U * static_cast<std::uint64_t>(i + 1);
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    const double unit = static_cast<double>(mixed >> 11) / 9007199254740992.0;
    write_element(output.spec->type, output.data, i,
                  output.spec->type == Element::kBool ? unit > 0.5 : unit - 0.5);
  }
}

}  // namespace

std::string evaluate(const EngineSpec& engine, const std::vector<Bound>& tensors) {
  const auto inputs = select(tensors, true);
  const auto outputs = select(tensors, false);
  if (std::string error = check_tokens(engine, inputs); !error.empty()) return error;
  sleep_us(engine.delay_us);
  std::uint64_t seed = fnv1a(nullptr, 0);
  if (engine.kind == Kind::kPseudo) {
    for (const Bound* input : inputs) seed = fnv1a(input->data, byte_size(*input), seed);
  }
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const Bound& output = *outputs[k];
    const Bound* input = k < inputs.size() ? inputs[k] : nullptr;
    switch (engine.kind) {
      case Kind::kEcho:
        if (!input) return "the echo engine has no input for " + output.spec->name;
        std::memcpy(output.data, input->data, std::min(byte_size(output), byte_size(*input)));
        break;
      case Kind::kIncrement:
        if (!input) return "the increment engine has no input for " + output.spec->name;
        for (std::int64_t i = 0; i < std::min(element_count(output.shape), element_count(input->shape));
             ++i) {
          write_element(output.spec->type, output.data, i, at(*input, i) + 1);
        }
        break;
      case Kind::kFeatures:
        features_to_actions(engine, inputs, output);
        break;
      case Kind::kSlow:
        slow(engine, inputs, output);
        break;
      case Kind::kPseudo:
        pseudo(seed, output);
        break;
    }
  }
  return {};
}

}  // namespace standin::tensorrt
