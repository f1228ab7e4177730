#include "tensorrt/engine_error.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jetson_vla::tensorrt {
namespace {

struct Case {
  const char* name;
  ErrorCode code;
  /// As TensorRT logs them for one failed call, oldest first.
  std::vector<std::string> lines;
  /// The line that the message must quote.
  std::size_t telling = 0;
};

std::ostream& operator<<(std::ostream& stream, const Case& example) {
  return stream << example.name;
}

class EngineErrorTest : public ::testing::TestWithParam<Case> {};

TEST_P(EngineErrorTest, HasTheCodeAndQuotesTheTellingLine) {
  const Case& example = GetParam();
  const Error error = engine_error("TensorRT 10.3.0 cannot load this engine", example.lines);
  EXPECT_STREQ(code_name(error.code()), code_name(example.code));
  const std::string message = error.what();
  EXPECT_EQ(message.rfind("TensorRT 10.3.0 cannot load this engine", 0), 0U) << message;
  EXPECT_NE(message.find(example.lines[example.telling]), std::string::npos) << message;
}

TEST_P(EngineErrorTest, HasTheSameCodeWhenTheLastLineIsLost) {
  const Case& example = GetParam();
  std::vector<std::string> lines(example.lines.begin(),
                                 example.lines.begin() + static_cast<std::ptrdiff_t>(example.telling) + 1);
  EXPECT_EQ(engine_error("It fails", lines).code(), example.code);
}

// The wordings were collected from public issue reports and from the texts inside NVIDIA's published
// libraries.
const char* const kFailed8 =
    "4: [runtime.cpp::deserializeCudaEngine::50] Error Code 4: Internal Error (Engine "
    "deserialization failed.)";

const Case kCases[] = {
    {"version_8_5",
     ErrorCode::kEngineVersionMismatch,
     {"1: [stdArchiveReader.cpp::StdArchiveReader::40] Error Code 1: Serialization (Serialization assertion "
      "stdVersionRead == serializationVersion failed.Version tag does not match. Note: Current Version: 213, "
      "Serialized Engine Version: 232)",
      kFailed8}},
    {"version_10",
     ErrorCode::kEngineVersionMismatch,
     {"IRuntime::deserializeCudaEngine: Error Code 1: Serialization (Serialization assertion stdVersionRead "
      "== "
      "kSERIALIZATION_VERSION failed.Version tag does not match. Note: Current Version: 240, Serialized "
      "Engine "
      "Version: 239)"}},
    {"safe_version",
     ErrorCode::kEngineVersionMismatch,
     {"1: [stdArchiveReader.cpp::StdArchiveReader::35] Error Code 1: Serialization (Serialization assertion "
      "safeVersionRead == safeSerializationVersion failed.Version tag does not match. Note: Current Version: "
      "0, "
      "Serialized Engine Version: 96)",
      kFailed8}},
    {"library_version",
     ErrorCode::kEngineVersionMismatch,
     {"6: The engine plan file is not compatible with this version of TensorRT, expecting library version "
      "8.2.3 got "
      "8.2.1, please rebuild.",
      kFailed8}},
    {"newer_plan",
     ErrorCode::kEngineVersionMismatch,
     {"Failed due to an old deserialization call on a newer plan file. This might happen when the plan file "
      "was "
      "built from an older TensorRT version."}},
    {"libnvrtc",
     ErrorCode::kEngineVersionMismatch,
     {"9: The engine plan file has a layer that utilizes loop API or boolean tensors, but the current "
      "platform does "
      "not support these layers due to mismatch of libnvrtc version.",
      "1: [engine.cpp::nvinfer1::rt::Engine::deserialize::762] Error Code 1: Serialization (Serialization "
      "assertion "
      "postDeserializationCheck() failed.Post deserialization check failure)",
      kFailed8}},
    {"device_8",
     ErrorCode::kEngineDeviceMismatch,
     {"6: The engine plan file is generated on an incompatible device, expecting compute 8.7 got compute "
      "8.6, please "
      "rebuild.",
      "2: [engine.cpp::deserializeEngine::1148] Error Code 2: Internal Error (Assertion "
      "engine->deserialize(start, "
      "size, allocator, runtime) failed. )"}},
    {"device_10",
     ErrorCode::kEngineDeviceMismatch,
     {"IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is generated on "
      "an "
      "incompatible device, expecting compute 8.9 got compute 8.6, please rebuild.)"}},
    {"hardware_compatible",
     ErrorCode::kEngineDeviceMismatch,
     {"The current device is not compatible with this hardware-compatible engine. Expected compute "
      "capability >= 8.0 "
      "but got compute capability = 7.2"}},
    {"platform",
     ErrorCode::kEngineDeviceMismatch,
     {"IRuntime::deserializeCudaEngine: Error Code 1: Serialization (Serialization assertion header.pad == "
      "expectedPlatformTag failed.Platform specific tag mismatch detected. TensorRT plan files are only "
      "supported on "
      "the target runtime platform they were created on.)"}},
    {"magic_8_5",
     ErrorCode::kEngineCorrupt,
     {"1: [stdArchiveReader.cpp::StdArchiveReader::30] Error Code 1: Serialization (Serialization assertion "
      "magicTagRead == kMAGIC_TAG failed.Magic tag does not match)",
      kFailed8}},
    {"magic_8_6",
     ErrorCode::kEngineCorrupt,
     {"1: [runtime.cpp::parsePlan::314] Error Code 1: Serialization (Serialization assertion "
      "plan->header.magicTag == "
      "rt::kPLAN_MAGIC_TAG failed.)"}},
    {"magic_10",
     ErrorCode::kEngineCorrupt,
     {"IRuntime::deserializeCudaEngine: Error Code 1: Serialization (Serialization assertion header.magicTag "
      "== "
      "kEXPECTED_MAGIC_TAG failed.Trying to load an engine created with incompatible serialization version. "
      "Check "
      "that the engine was not created using safety runtime, same OS was used and version compatibility "
      "parameters "
      "were set accordingly and that it is a TRT engine file.)"}},
    {"truncated",
     ErrorCode::kEngineCorrupt,
     {"IRuntime::deserializeCudaEngine: Error Code 1: Serialization (Serialization assertion "
      "plan.header.size == "
      "blobSize failed.)"}},
    {"damaged",
     ErrorCode::kEngineCorrupt,
     {"1: [engine.cpp::deserialize::1] Error Code 1: Serialization (Serialization assertion actualTypehash "
      "== "
      "expectedTypehash failed.)",
      kFailed8}},
    {"memory_8",
     ErrorCode::kOutOfDeviceMemory,
     {"1: [defaultAllocator.cpp::nvinfer1::internal::DefaultAllocator::allocate::19] Error Code 1: Cuda "
      "Runtime (out "
      "of memory)",
      "2: [executionContext.cpp::nvinfer1::rt::ExecutionContext::ExecutionContext::470] Error Code 2: "
      "OutOfMemory (no "
      "further information)"}},
    {"memory_10",
     ErrorCode::kOutOfDeviceMemory,
     {"IExecutionContext::IExecutionContext: Error Code 2: OutOfMemory (Requested size was 17920000000 "
      "bytes.)"}},
    {"lean",
     ErrorCode::kTensorRtFailed,
     {"IRuntime::deserializeCudaEngine: Error Code 1: Internal Error (Unexpected call to stub loadRunner for "
      "ReformatRunner.)"}},
    {"host_code",
     ErrorCode::kTensorRtFailed,
     {"Cannot deserialize engine with lean runtime since IRuntime::getEngineHostCodeAllowed() is false."}},
    {"no_gpu",
     ErrorCode::kTensorRtFailed,
     {"createInferRuntime: Error Code 6: API Usage Error (CUDA initialization failure with error: 35 In "
      "checkCudaInstallation at /_src/runtime/dispatch/runtime.cpp:811)",
      "[checkMacros.cpp::catchCudaError::229] Error Code 1: Cuda Runtime (In catchCudaError at "
      "/_src/common/dispatch/checkMacros.cpp:229)"}},
    {"plugin",
     ErrorCode::kTensorRtFailed,
     {"Cannot deserialize plugin since corresponding IPluginCreator not found in Plugin Registry",
      "1: [pluginV2Runner.cpp::load::299] Error Code 1: Serialization (Serialization assertion creator "
      "failed.)"}},
};

INSTANTIATE_TEST_SUITE_P(Wordings, EngineErrorTest, ::testing::ValuesIn(kCases),
                         [](const ::testing::TestParamInfo<Case>& info) { return info.param.name; });

TEST(EngineErrorHintTest, NamesTheCommandThatBuildsTheEngineAgain) {
  for (const Case& example : kCases) {
    const Error error = engine_error("It fails", example.lines);
    if (error.code() != ErrorCode::kTensorRtFailed) {
      EXPECT_NE(error.hint().find("npx jetson-vla build"), std::string::npos) << example.name;
    }
    EXPECT_FALSE(error.hint().empty()) << example.name;
  }
}

TEST(EngineErrorHintTest, QuotesEveryLineOfAFailureThatItDoesNotKnow) {
  const Error error = engine_error("It fails", {"3: first words", "4: last words"});
  EXPECT_EQ(error.code(), ErrorCode::kTensorRtFailed);
  EXPECT_STREQ(error.what(), "It fails. TensorRT says: \"3: first words\" \"4: last words\"");
}

TEST(EngineErrorHintTest, SaysSoWhenTensorRtLoggedNothing) {
  EXPECT_STREQ(engine_error("It fails", {}).what(), "It fails. TensorRT gave no reason");
}

TEST(BuildErrorTest, IsABuildFailureUnlessMemoryIsShort) {
  EXPECT_EQ(build_error("It fails", {"4: something else"}).code(), ErrorCode::kEngineBuildFailed);
  EXPECT_EQ(build_error("It fails", {"Error Code 2: OutOfMemory"}).code(), ErrorCode::kOutOfDeviceMemory);
}

TEST(BuildErrorTest, SaysWhatInt8WithoutRangesNeeds) {
  const Error error = build_error(
      "It fails", {"2: [standardEngineBuilder.cpp] Error Code 2: Internal Error (Calibration failure "
                   "occurred with no scaling factors detected.)"});
  EXPECT_NE(error.hint().find("QuantizeLinear"), std::string::npos) << error.hint();
}

TEST(BuildErrorTest, AsksForAProfile) {
  const Error error =
      build_error("It fails", {"4: Network has dynamic or shape inputs, but no optimization profile "
                               "has been defined."});
  EXPECT_NE(std::string(error.what()).find("optimisation profile"), std::string::npos) << error.what();
}

}  // namespace
}  // namespace jetson_vla::tensorrt
