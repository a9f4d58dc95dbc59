"""Folds what is known of an ONNX graph once its input has a fixed shape: for network_file.py.

Nodes whose inputs are all known are computed (Shape, Slice, Concat, Constant, ...), and Clip carries
its bounds as attributes.
"""
import numpy as np
import onnx
from onnx import helper, numpy_helper, shape_inference

from fuse_onnx import attributes

ELEMENTWISE = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}


def fix_input(graph, shape):
    for dim, value in zip(graph.input[0].type.tensor_type.shape.dim, shape):
        dim.ClearField("dim_param")
        dim.dim_value = value
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")


def known_shapes(model):
    graph = shape_inference.infer_shapes(model).graph
    shapes = {}
    for value in [*graph.value_info, *graph.input, *graph.output]:
        tensor = value.type.tensor_type
        if tensor.HasField("shape") and all(d.HasField("dim_value") for d in tensor.shape.dim):
            shapes[value.name] = [d.dim_value for d in tensor.shape.dim]
    return shapes


def slice_of(node, data, *bounds):
    given = attributes(node)
    starts = bounds[0] if bounds else given["starts"]
    ends = bounds[1] if bounds else given["ends"]
    axes = bounds[2] if len(bounds) > 2 else given.get("axes", range(len(starts)))
    steps = bounds[3] if len(bounds) > 3 else [1] * len(starts)
    index = [slice(None)] * data.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps):
        index[int(axis)] = slice(int(start), int(end), int(step))
    return data[tuple(index)]


def squeeze(node, data, axes=None):
    axes = attributes(node).get("axes") if axes is None else axes
    return np.squeeze(data, axis=None if axes is None else tuple(int(a) for a in axes))


def unsqueeze(node, data, axes=None):
    for axis in sorted(attributes(node)["axes"] if axes is None else axes):
        data = np.expand_dims(data, int(axis))
    return data


FOLDERS = {
    "Cast": lambda n, x: x.astype(onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[attributes(n)["to"]]),
    "Concat": lambda n, *xs: np.concatenate(xs, axis=attributes(n)["axis"]),
    "Gather": lambda n, x, i: np.take(x, i, axis=attributes(n).get("axis", 0)),
    "Reshape": lambda n, x, s: x.reshape(s),
    "Slice": slice_of,
    "Sqrt": lambda n, x: np.sqrt(x),
    "Squeeze": squeeze,
    "Transpose": lambda n, x: x.transpose(attributes(n)["perm"]),
    "Unsqueeze": unsqueeze,
    **{op: (lambda n, a, b, f=f: f(a, b).astype(a.dtype)) for op, f in ELEMENTWISE.items()},
}


def fold(node, constants, shapes):
    """The value of the node's output when it is known now, else None."""
    if node.op_type == "Constant":
        return numpy_helper.to_array(attributes(node)["value"])
    if node.op_type == "Shape" and node.input[0] in shapes:
        return np.array(shapes[node.input[0]], dtype=np.int64)
    if node.op_type in FOLDERS and all(name in constants for name in node.input):
        return FOLDERS[node.op_type](node, *(constants[name] for name in node.input))
    return None


def fold_all(model):
    """Folding one node may reveal shapes that let others fold; ends when nothing changes."""
    graph = model.graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    changed = True
    while changed:
        changed = False
        shapes = known_shapes(model)
        for node in list(graph.node):
            value = fold(node, constants, shapes)
            if value is None:
                continue
            constants[node.output[0]] = np.asarray(value)
            graph.initializer.append(numpy_helper.from_array(np.asarray(value), node.output[0]))
            graph.node.remove(node)
            changed = True
    return constants


def clip_bounds_as_attributes(graph, constants):
    for node in graph.node:
        if node.op_type == "Clip" and len(node.input) == 3:
            bounds = [float(constants[name].reshape(-1)[0]) for name in node.input[1:]]
            del node.input[1:]
            node.attribute.append(helper.make_attribute("min", bounds[0]))
            node.attribute.append(helper.make_attribute("max", bounds[1]))
