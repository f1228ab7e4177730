#include "engine_file.h"

#include <algorithm>
#include <cstring>

namespace standin::tensorrt {
namespace {

constexpr char kMagic[8] = {'S', 'T', 'A', 'N', 'D', 'T', 'R', 'T'};
constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxTensors = 256;
constexpr std::size_t kMaxProfiles = 64;
constexpr std::size_t kChecksumBytes = 8;

class Reader {
 public:
  Reader(const std::uint8_t* data, std::size_t size) : next_(data), left_(size) {}

  bool ok() const { return ok_; }
  bool at_end() const { return left_ == 0; }

  template <class Number>
  Number number() {
    Number value{};
    bytes(&value, sizeof value);
    return value;
  }

  std::string text() {
    const auto length = number<std::uint32_t>();
    if (!ok_ || length > left_) {
      ok_ = false;
      return {};
    }
    std::string value(length, '\0');
    bytes(value.data(), length);
    return value;
  }

  Extents extents(std::size_t rank) {
    Extents shape(rank);
    for (auto& extent : shape) extent = number<std::int64_t>();
    return shape;
  }

  void bytes(void* target, std::size_t size) {
    if (!ok_ || size > left_) {
      ok_ = false;
      return;
    }
    std::memcpy(target, next_, size);
    next_ += size;
    left_ -= size;
  }

 private:
  const std::uint8_t* next_;
  std::size_t left_;
  bool ok_ = true;
};

class Writer {
 public:
  template <class Number>
  void number(Number value) {
    bytes(&value, sizeof value);
  }
  void text(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes(value.data(), value.size());
  }
  void extents(const Extents& shape) {
    for (const std::int64_t extent : shape) number(extent);
  }
  void bytes(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    out_.insert(out_.end(), first, first + size);
  }
  std::vector<std::uint8_t> finish() {
    number(fnv1a(out_.data(), out_.size()));
    return std::move(out_);
  }

 private:
  std::vector<std::uint8_t> out_;
};

bool read_tensor(Reader& in, std::uint32_t profiles, TensorSpec& tensor) {
  tensor.name = in.text();
  const auto mode = in.number<std::uint8_t>();
  const auto type = in.number<std::uint8_t>();
  tensor.on_host = in.number<std::uint8_t>() != 0;
  tensor.is_shape_tensor = in.number<std::uint8_t>() != 0;
  tensor.format = in.number<std::uint8_t>();
  const auto rank = in.number<std::uint8_t>();
  if (!in.ok() || mode < 1 || mode > 2 || type > 8 || rank > kMaxRank) return false;
  tensor.is_input = mode == 1;
  tensor.type = static_cast<Element>(type);
  tensor.shape = in.extents(rank);
  for (std::uint32_t profile = 0; tensor.is_input && profile < profiles; ++profile) {
    ShapeRange range;
    range.min = in.extents(rank);
    range.opt = in.extents(rank);
    range.max = in.extents(rank);
    tensor.profiles.push_back(std::move(range));
  }
  return in.ok();
}

}  // namespace

std::size_t element_size(Element type) {
  switch (type) {
    case Element::kFloat32:
    case Element::kInt32:
      return 4;
    case Element::kFloat16:
    case Element::kBFloat16:
      return 2;
    case Element::kInt64:
      return 8;
    case Element::kInt8:
    case Element::kBool:
    case Element::kUInt8:
    case Element::kFp8:
      return 1;
  }
  return 1;
}

std::int64_t element_count(const Extents& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count)) return -1;
  }
  return count;
}

bool is_dynamic(const Extents& shape) {
  return std::any_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent < 0; });
}

std::string shape_text(const Extents& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) text += (text.size() > 1 ? "," : "") + std::to_string(extent);
  return text + "]";
}

ReadError read_engine(const void* data, std::size_t size, std::uint32_t library_version, EngineSpec& spec) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  if (size < sizeof kMagic || std::memcmp(bytes, kMagic, sizeof kMagic) != 0) return ReadError::kMagic;
  if (size < 4 * sizeof(std::uint32_t) + sizeof kMagic + kChecksumBytes) return ReadError::kTruncated;
  Reader in(bytes + sizeof kMagic, size - sizeof kMagic - kChecksumBytes);
  spec.version = in.number<std::uint32_t>();
  spec.sm = in.number<std::uint32_t>();
  spec.flags = in.number<std::uint32_t>();
  const bool compatible = (spec.flags & kVersionCompatible) != 0 && spec.version <= library_version;
  if (spec.version != library_version && !compatible) return ReadError::kVersion;
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes + size - kChecksumBytes, kChecksumBytes);
  if (checksum != fnv1a(bytes, size - kChecksumBytes)) return ReadError::kChecksum;
  spec.kind = static_cast<Kind>(in.number<std::uint32_t>());
  spec.vocabulary = in.number<std::uint32_t>();
  spec.delay_us = in.number<std::uint32_t>();
  spec.step_us = in.number<std::uint32_t>();
  spec.device_memory_bytes = in.number<std::uint32_t>();
  spec.layer_count = in.number<std::uint32_t>();
  spec.profile_count = in.number<std::uint32_t>();
  spec.name = in.text();
  spec.info = in.text();
  const auto tensors = in.number<std::uint32_t>();
  if (!in.ok() || tensors > kMaxTensors || spec.profile_count > kMaxProfiles || spec.kind > Kind::kSlow) {
    return ReadError::kContent;
  }
  spec.tensors.resize(tensors);
  for (TensorSpec& tensor : spec.tensors) {
    if (!read_tensor(in, spec.profile_count, tensor)) return ReadError::kContent;
  }
  return in.at_end() ? ReadError::kNone : ReadError::kContent;
}

std::vector<std::uint8_t> write_engine(const EngineSpec& spec) {
  Writer out;
  out.bytes(kMagic, sizeof kMagic);
  for (const std::uint32_t field :
       {spec.version, spec.sm, spec.flags, static_cast<std::uint32_t>(spec.kind), spec.vocabulary,
        spec.delay_us, spec.step_us, spec.device_memory_bytes, spec.layer_count, spec.profile_count}) {
    out.number(field);
  }
  out.text(spec.name);
  out.text(spec.info);
  out.number(static_cast<std::uint32_t>(spec.tensors.size()));
  for (const TensorSpec& tensor : spec.tensors) {
    out.text(tensor.name);
    out.number(static_cast<std::uint8_t>(tensor.is_input ? 1 : 2));
    out.number(static_cast<std::uint8_t>(tensor.type));
    out.number(static_cast<std::uint8_t>(tensor.on_host));
    out.number(static_cast<std::uint8_t>(tensor.is_shape_tensor));
    out.number(tensor.format);
    out.number(static_cast<std::uint8_t>(tensor.shape.size()));
    out.extents(tensor.shape);
    for (std::uint32_t profile = 0; tensor.is_input && profile < spec.profile_count; ++profile) {
      const ShapeRange& range = tensor.profiles.at(profile);
      out.extents(range.min);
      out.extents(range.opt);
      out.extents(range.max);
    }
  }
  return out.finish();
}

std::uint64_t fnv1a(const void* data, std::size_t size, std::uint64_t seed) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  std::uint64_t hash = seed;
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3U;
  return hash;
}

}  // namespace standin::tensorrt
