#include "library.h"

#include <dlfcn.h>
#include <limits.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "../error.h"
#include "version.h"

namespace jetson_vla::tensorrt {
namespace {

constexpr const char* kSupported =
    "Supported: TensorRT 8.5 and 8.6 (JetPack 5 and 6.0), 10.x (6.1 and 7), 11.x.";
constexpr const char* kInstallTensorRt =
    "On a Jetson: sudo apt install nvidia-jetpack. Elsewhere install TensorRT, or point "
    "JETSON_VLA_NVINFER at libnvinfer.so.";

void* open_shared_object(const std::string& path, std::string& reason) {
  ::dlerror();
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* text = ::dlerror();
    reason = text == nullptr ? "the dynamic loader gave no reason" : text;
  }
  return handle;
}

void* open_tensorrt(const std::string& path) {
  std::string reason;
  void* handle = open_shared_object(path, reason);
  if (handle == nullptr)
    throw Error(ErrorCode::kTensorRtNotFound, "cannot load " + path + ": " + reason, kInstallTensorRt);
  return handle;
}

void* required_symbol(void* handle, const std::string& path, const char* name) {
  void* address = ::dlsym(handle, name);
  if (address == nullptr)
    throw Error(ErrorCode::kTensorRtNotFound,
                path + " is not the library that it should be: it has no " + name, kInstallTensorRt);
  return address;
}

/// Of the file that holds this address; `otherwise` if the loader does not know.
std::string file_of(void* address, const std::string& otherwise) {
  Dl_info info{};
  if (::dladdr(address, &info) == 0 || info.dli_fname == nullptr) return otherwise;
  char resolved[PATH_MAX];
  return ::realpath(info.dli_fname, resolved) == nullptr ? info.dli_fname : resolved;
}

bool is_standin(void* handle) {
  return ::dlsym(handle, "jetson_vla_standin_library") != nullptr;
}

/// The number after ".so."; 0 for a name without one.
std::int32_t soname_major(const std::string& path) {
  const std::size_t at = path.rfind(".so.");
  return at == std::string::npos ? 0
                                 : static_cast<std::int32_t>(std::strtol(path.c_str() + at + 4, nullptr, 10));
}

struct Parser {
  void* handle = nullptr;
  std::string path;
};

Parser open_parser(const std::string& path, std::int32_t version) {
  if (path.empty()) return {};
  void* handle = open_tensorrt(path);
  const std::string file = file_of(required_symbol(handle, path, "createNvOnnxParser_INTERNAL"), path);
  const std::int32_t major = soname_major(file);
  // The parser calls into TensorRT through its virtual tables, whose layout changes with each major, and
  // reports no version that would tell.
  if (major != 0 && major != version / 10000)
    throw Error(ErrorCode::kTensorRtUnsupportedVersion,
                "the ONNX parser " + file + " does not belong to TensorRT " + version_text(version),
                "Use libnvonnxparser.so." + std::to_string(version / 10000) + ".");
  return {handle, file};
}

void require_supported(std::int32_t version, const std::string& path) {
  const std::int32_t major = version / 10000;
  if (version >= 80500 && (major == 8 || major == 10 || major == 11)) return;
  throw Error(ErrorCode::kTensorRtUnsupportedVersion,
              path + " is TensorRT " + version_text(version) + ", which no backend drives", kSupported);
}

const BackendModule& open_module(const std::string& path, const std::string& tensorrt) {
  std::string reason;
  void* handle = open_shared_object(path, reason);
  if (handle == nullptr)
    throw Error(ErrorCode::kTensorRtUnsupportedVersion,
                "this build has no backend for " + tensorrt + ": cannot load " + path + ": " + reason,
                "Build it on this machine, with TensorRT's headers installed: npx jetson-vla build-native");
  auto* entry = reinterpret_cast<BackendModuleFunction>(::dlsym(handle, "jetson_vla_tensorrt_backend"));
  const BackendModule* module = entry == nullptr ? nullptr : entry();
  if (module == nullptr || module->abi != kBackendAbi)
    throw Error(ErrorCode::kTensorRtUnsupportedVersion,
                path + " belongs to another version of jetson-vla: expected backend ABI " +
                    std::to_string(kBackendAbi) + ", got " +
                    (module == nullptr ? std::string("none") : std::to_string(module->abi)),
                "Install jetson-vla again, or rebuild: npx jetson-vla build-native");
  return *module;
}

void require_same_kind(const BackendModule& module, bool standin_library, const std::string& backend,
                       const std::string& library) {
  if (module.standin && !standin_library)
    throw Error(ErrorCode::kStandinBuild,
                backend +
                    " was compiled against the stand-in headers of the tests and must not drive the real " +
                    library,
                "Build it against TensorRT's own headers: npx jetson-vla build-native");
  if (!module.standin && standin_library)
    throw Error(
        ErrorCode::kStandinBuild,
        library + " is the stand-in of the tests, and " + backend + " was built for the real TensorRT",
        "Remove the stand-in from the search path, or build the backends against the stand-in headers.");
}

void require_same_major(const BackendModule& module, std::int32_t version, const std::string& backend) {
  if (module.headers_version / 10000 == version / 10000) return;
  throw Error(ErrorCode::kTensorRtUnsupportedVersion,
              backend + " was compiled against TensorRT " + version_text(module.headers_version) +
                  " and cannot drive " + version_text(version),
              "Rebuild it: npx jetson-vla build-native");
}

using Files = std::tuple<std::string, std::string, std::string>;

struct Cache {
  std::mutex mutex;
  std::map<Files, std::unique_ptr<const Library>> libraries;
};

Cache& cache() {
  // Leaked: worker threads may still use TensorRT while static objects are destroyed.
  static Cache& instance = *std::make_unique<Cache>().release();
  return instance;
}

}  // namespace

const Library& open_library(const LibraryPaths& paths) {
  Cache& cached = cache();
  const std::lock_guard<std::mutex> lock(cached.mutex);
  void* nvinfer = open_tensorrt(paths.nvinfer);
  void* get_version = required_symbol(nvinfer, paths.nvinfer, "getInferLibVersion");
  const std::string path = file_of(get_version, paths.nvinfer);
  const std::int32_t version = normalised_version(reinterpret_cast<std::int32_t (*)()>(get_version)());
  require_supported(version, path);
  const Parser parser = open_parser(paths.onnx_parser, version);
  const std::string backend =
      paths.backend_directory + "/jetson_vla_trt" + std::to_string(version / 10000) + ".so";
  const Files files(path, parser.path, backend);
  const auto found = cached.libraries.find(files);
  if (found != cached.libraries.end()) return *found->second;

  const BackendModule& module = open_module(backend, "TensorRT " + version_text(version));
  const bool standin = is_standin(nvinfer);
  require_same_kind(module, standin, backend, path);
  require_same_major(module, version, backend);
  BackendLibraries libraries;
  libraries.nvinfer = nvinfer;
  libraries.onnx_parser = parser.handle;
  libraries.nvinfer_version = version;
  auto library = std::make_unique<const Library>(path, version, standin, *module.create(libraries));
  return *cached.libraries.emplace(files, std::move(library)).first->second;
}

}  // namespace jetson_vla::tensorrt
