export const BUILD_HELP = `Usage: jetson-vla build BUNDLE|MODEL.onnx [options]

Builds a TensorRT engine for this machine and this version of TensorRT, with a passport that says what it was built
from, with what, and for which GPU. Of a bundle it takes the ONNX file, adds the engine to policy.json, and replaces
the one of the same precision for the same TensorRT and GPU; a model gets its engine beside it. Before it is kept, the
engine is compared with the bundle's golden observation, or else with ONNX Runtime on random inputs. Takes seconds to
an hour. Ctrl-C cancels and leaves nothing behind; TensorRT 8 finishes its work first, a second Ctrl-C ends it at once.

Examples:
  jetson-vla build policies/pick
  jetson-vla build policies/pick --precision float16 --json
  jetson-vla build policy.onnx --fp16 --tolerance 0.01
  jetson-vla build policy.onnx --output build/policy.engine --workspace 2048
  jetson-vla build policy.onnx --profile text=1x1:1x16:1x77,image=1x3x224x224
  jetson-vla build --list-cache

Of a bundle:
  --precision NAME           build from the ONNX file of this precision; default: the first in policy.json
  --golden refuse|warn|skip  when the golden observation is not reproduced; default: refuse, which keeps nothing.
                             Also for the ONNX file of a bundle

Precision (TensorRT 8 and 10; TensorRT 11 takes it from the ONNX file):
  --fp16, --bf16             let TensorRT compute in these types too
  --int8, --fp8              the same, for models with QuantizeLinear/DequantizeLinear nodes
  --no-tf32                  do not compute float32 in TF32
  --strongly-typed           take every type from the ONNX file (TensorRT 10; always so in 11)

Options:
  --output FILE              of a model: the engine, .engine or .plan; default: the model's name with .engine
  --tolerance X              keep nothing that differs from ONNX Runtime by more than X
  --profile NAME=MIN:OPT:MAX[,NAME=…]
                             sizes of inputs with dynamic dimensions, such as 1x1:1x16:1x77, or one shape for all
                             three; repeat the option for several optimisation profiles. A bundle tells most of it
  --workspace MIB            scratch memory that TensorRT may use, MiB
  --optimisation-level N     0 (quick build) … 5 (quick engine); TensorRT's own choice is 3
  --version-compatible       the engine also runs with later releases of the same major version of TensorRT; it then
                             carries TensorRT's lean runtime and loads only with the option tensorrt.hostCode
  --hardware-compatible      the engine also runs on other GPUs from Ampere on; not on a Jetson
  --timing-cache FILE        where measurements are kept for the next build; default: in the cache directory
  --no-timing-cache          keep none
  --nvinfer FILE, --onnx-parser FILE, --cuda FILE
                             libraries to use instead of searching for them
  --device N                 CUDA device; default: 0
  --json                     print the result as JSON
  -h, --help                 this text

Engines that loading an ONNX file has built, without a bundle or model:
  --list-cache               what there is, and which models could not be built
  --clear-cache              remove all of it
  --engine-cache DIR         look there instead of in the cache directory

Exit status: 0 done, 1 failed, 2 wrong arguments, 3 not accurate enough, 130 interrupted.
`;
