"""The numbers of ExecuTorch's flatbuffer schema that reading a `.pte` needs. Tests compare them."""

from typing import Final

# The field numbers of program.fbs: a table's fields in their order; a union takes two, type and value.
PROGRAM: Final = {
    "version": 0,
    "execution_plan": 1,
    "constant_buffer": 2,
    "backend_delegate_data": 3,
    "segments": 4,
}
PLAN: Final = {"name": 0, "values": 2, "inputs": 3, "outputs": 4, "chains": 5, "operators": 6, "delegates": 7}
CHAIN: Final = {"instructions": 2}
INSTRUCTION: Final = {"instr_args_type": 0, "instr_args": 1}
KERNEL_CALL: Final = {"op_index": 0}
OPERATOR: Final = {"name": 0, "overload": 1}
BACKEND_DELEGATE: Final = {"id": 0}
EVALUE: Final = {"val_type": 0, "val": 1}
TENSOR: Final = {"scalar_type": 0, "sizes": 2, "shape_dynamism": 8, "extra_tensor_info": 9}
EXTRA_TENSOR_INFO: Final = {"location": 2}
SCALAR: Final = {"number": 0}  # of Int and of Double
DATA_SEGMENT: Final = {"offset": 0, "size": 1}
BUFFER: Final = {"storage": 0}
BACKEND_DELEGATE_INLINE_DATA: Final = {"data": 0}

# InstructionArguments, KernelTypes, TensorDataLocation and ScalarType of the schema.
KERNEL_CALL_TYPE: Final = 1
INT_TYPE: Final = 2
FLOAT_TYPE: Final = 4
TENSOR_TYPE: Final = 5
VALUE_KINDS: Final = (
    "none", "none", "int", "bool", "float", "tensor", "string",
    "int list", "float list", "bool list", "tensor list", "optional tensor list",
)  # fmt: skip
EXTERNAL: Final = 1
SCALAR_TYPES: Final = {
    0: "uint8", 1: "int8", 2: "int16", 3: "int32", 4: "int64", 5: "float16", 6: "float32", 7: "float64",
    11: "bool", 12: "qint8", 13: "quint8", 14: "qint32", 15: "bfloat16", 16: "quint4x2", 17: "quint2x4",
    22: "bits16", 23: "float8_e5m2", 24: "float8_e4m3fn", 25: "float8_e5m2fnuz", 26: "float8_e4m3fnuz",
    27: "uint16", 28: "uint32", 29: "uint64",
}  # fmt: skip
