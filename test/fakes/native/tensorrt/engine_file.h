#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The stand-in's engine file; test/fakes/native/engine-file.ts writes the same format.
namespace standin::tensorrt {

/// What an engine computes.
enum class Kind : std::uint32_t {
  /// Output k is input k, byte for byte.
  kEcho = 0,
  /// The policy of python/fixtures/models.py: mean colours, state and mean token through one matrix.
  kFeatures = 1,
  /// Output k is input k plus one.
  kIncrement = 2,
  /// Values that depend on every input byte and on nothing else.
  kPseudo = 3,
  /// The `slow` model of python/fixtures/models.py: takes time in proportion to the sum of the tokens.
  kSlow = 4,
};

enum Flag : std::uint32_t {
  kVersionCompatible = 1,
  kHardwareCompatible = 2,
  /// enqueueV3 fails while the stream captures, as with engines that have loops.
  kUncapturable = 4,
  /// Colours are divided by themselves: a black image gives NaN.
  kUnitColours = 8,
  /// Carries a lean runtime, which the user must allow to run.
  kHostCode = 16,
};

/// Numbered as nvinfer1::DataType is in every release.
enum class Element : std::uint8_t {
  kFloat32 = 0,
  kFloat16 = 1,
  kInt8 = 2,
  kInt32 = 3,
  kBool = 4,
  kUInt8 = 5,
  kFp8 = 6,
  kBFloat16 = 7,
  kInt64 = 8,
};

std::size_t element_size(Element type);

using Extents = std::vector<std::int64_t>;

/// −1 if a dimension is not known, or if no number holds the count.
std::int64_t element_count(const Extents& shape);
bool is_dynamic(const Extents& shape);
/// Such as "[1,-1,3]".
std::string shape_text(const Extents& shape);

struct ShapeRange {
  Extents min;
  Extents opt;
  Extents max;
};

struct TensorSpec {
  std::string name;
  bool is_input = false;
  Element type = Element::kFloat32;
  bool on_host = false;
  bool is_shape_tensor = false;
  /// An nvinfer1::TensorFormat; 0 is row-major.
  std::uint8_t format = 0;
  Extents shape;
  /// Inputs only: one per profile.
  std::vector<ShapeRange> profiles;
};

struct EngineSpec {
  /// major × 10000 + minor × 100 + patch.
  std::uint32_t version = 0;
  /// Compute capability × 10.
  std::uint32_t sm = 0;
  std::uint32_t flags = 0;
  Kind kind = Kind::kEcho;
  /// Token ids from here on make execution fail; 0: all are fine.
  std::uint32_t vocabulary = 0;
  std::uint32_t delay_us = 0;
  /// Of kSlow, for each unit of the sum of the tokens.
  std::uint32_t step_us = 0;
  std::uint32_t device_memory_bytes = 0;
  std::uint32_t layer_count = 1;
  std::uint32_t profile_count = 1;
  std::string name;
  /// JSON about how the engine was built; the inspector shows it.
  std::string info = "{}";
  std::vector<TensorSpec> tensors;
};

enum class ReadError { kNone, kTruncated, kMagic, kVersion, kChecksum, kContent };

/// Never trusts a length: any bytes give a spec or an error. `library_version` decides kVersion.
ReadError read_engine(const void* data, std::size_t size, std::uint32_t library_version, EngineSpec& spec);
std::vector<std::uint8_t> write_engine(const EngineSpec& spec);

std::uint64_t fnv1a(const void* data, std::size_t size, std::uint64_t seed = 0xcbf29ce484222325U);

}  // namespace standin::tensorrt
