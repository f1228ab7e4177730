#include "engine_workers.h"

#include <utility>

#include "../cuda/driver.h"
#include "../tensorrt/library.h"
#include "addon_data.h"
#include "promise_worker.h"
#include "read_options.h"

namespace jetson_vla::binding {
namespace {

class LoadWorker final : public PromiseWorker {
 public:
  LoadWorker(Napi::Env env, LibraryOptions libraries, std::string file, tensorrt::SessionOptions options)
      : PromiseWorker(env), libraries_(std::move(libraries)), file_(std::move(file)), options_(options) {}

 protected:
  void work() override {
    // First: some versions of TensorRT crash when CUDA is not initialised.
    const cuda::Driver& driver = cuda::Driver::open(libraries_.cuda);
    const tensorrt::Library& library =
        tensorrt::open_library({libraries_.nvinfer, libraries_.onnx_parser, libraries_.backend_directory});
    session_ = std::make_unique<tensorrt::Session>(library.backend(), driver, file_, options_);
  }

  Napi::Value result(Napi::Env env) override {
    return env.GetInstanceData<AddonData>()->engine_constructor.New(
        {Napi::External<std::unique_ptr<tensorrt::Session>>::New(env, &session_)});
  }

 private:
  const LibraryOptions libraries_;
  const std::string file_;
  const tensorrt::SessionOptions options_;
  std::unique_ptr<tensorrt::Session> session_;
};

class DisposeWorker final : public PromiseWorker {
 public:
  DisposeWorker(Napi::Env env, std::unique_ptr<tensorrt::Session> session,
                std::vector<tensorrt::IoTensor*> unseen)
      : PromiseWorker(env), session_(std::move(session)), unseen_(std::move(unseen)) {}

 protected:
  void work() override {
    for (tensorrt::IoTensor* tensor : unseen_) tensor->release_view();
    session_.reset();
  }

  Napi::Value result(Napi::Env env) override { return env.Undefined(); }

 private:
  std::unique_ptr<tensorrt::Session> session_;
  const std::vector<tensorrt::IoTensor*> unseen_;
};

}  // namespace

Napi::Value load_engine(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    if (!info[0].IsObject()) throw Error(ErrorCode::kInvalidArgument, "load takes an object of options");
    const auto options = info[0].As<Napi::Object>();
    LibraryOptions libraries = read_libraries(options.Get("libraries"));
    const tensorrt::SessionOptions session = read_session_options(options, libraries.device);
    return start_worker<LoadWorker>(env, std::move(libraries), read_string(options, "file"), session);
  });
}

Napi::Promise dispose_session(Napi::Env env, std::unique_ptr<tensorrt::Session> session,
                              std::vector<tensorrt::IoTensor*> unseen) {
  return start_worker<DisposeWorker>(env, std::move(session), std::move(unseen));
}

}  // namespace jetson_vla::binding
