"""Folds what follows a convolution into it, as nodes that network_file.py knows.

Batch normalisation and constant factors before the activation go into the weights; the activation
and a constant factor and offset after it become attributes:
  ChiptrailConv      x, weights, bias: convolution, dense or depthwise
  ChiptrailUpsample  x, weights, bias: transposed convolution, 2x2 with stride 2
  ChiptrailMatMul    x, weights, bias: tokens times a constant matrix
  ChiptrailGate      x, gate[, y]: x * (base + gate of the channel) + y enlarged twice
Results differ from the unfolded graph by rounding only.
"""
import numpy as np
from onnx import helper, numpy_helper


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


class Graph:
    """Who makes and who uses each value; rebuilt after each change, the graphs are small."""

    def __init__(self, graph, shapes):
        self.graph = graph
        self.shapes = shapes
        self.constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self.index()

    def index(self):
        self.outputs = {o.name for o in self.graph.output}
        self.makers = {name: node for node in self.graph.node for name in node.output}
        self.users = {}
        for node in self.graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def only_user(self, name):
        users = self.users.get(name, [])
        return users[0] if len(users) == 1 and name not in self.outputs else None

    def operand(self, node, value):
        """The other input of a node with two, when it is constant."""
        others = [name for name in node.input if name != value]
        return self.constants.get(others[0]) if len(others) == 1 else None

    def scalar(self, node, op, value):
        """The number that `node` adds to or multiplies `value` with."""
        if node is None or node.op_type != op:
            return None
        constant = self.operand(node, value)
        return None if constant is None or constant.size != 1 else float(constant.reshape(-1)[0])

    def replace(self, old, new):
        """`new` takes the place of the last of the nodes `old`, whose output it makes."""
        place = max(i for i, node in enumerate(self.graph.node) if any(node is o for o in old))
        self.graph.node.insert(place, new)
        for node in old:
            self.graph.node.remove(node)
        self.index()

    def constant(self, name, value):
        value = np.ascontiguousarray(value, dtype=np.float32)
        self.graph.initializer.append(numpy_helper.from_array(value, name))
        self.constants[name] = value
        return name


def fold_linear(graph, value, weights, bias, axis):
    """Takes in what multiplies and shifts a whole channel; `axis` of the weights is the output's."""
    taken = []
    spread = [1] * weights.ndim
    spread[axis] = -1
    while (node := graph.only_user(value)) is not None:
        factor, offset = None, 0.0
        if node.op_type == "BatchNormalization":
            gain, shift, mean, variance = (graph.constants[n].astype(np.float64)
                                           for n in node.input[1:])
            factor = gain / np.sqrt(variance + attributes(node)["epsilon"])
            offset = shift - mean * factor
        elif node.op_type in ("Mul", "Add"):
            constant = graph.operand(node, value)
            # A number, or one for each channel; "+ 3" belongs to a hard swish and has two users.
            if constant is None or constant.size not in (1, bias.size):
                break
            constant = np.broadcast_to(constant.astype(np.float64).reshape(-1), bias.shape)
            factor, offset = (constant, 0.0) if node.op_type == "Mul" else (np.ones(bias.shape),
                                                                             constant)
        else:
            break
        weights = weights * factor.reshape(spread)
        bias = bias * factor + offset
        taken.append(node)
        value = node.output[0]
    return value, weights, bias, taken


def hard_swish(graph, value):
    """The nodes of value * clip(value + 3, 0, 6) / 6, or nothing."""
    users = graph.users.get(value, [])
    plus = next((n for n in users if graph.scalar(n, "Add", value) == 3), None)
    if len(users) != 2 or plus is None:
        return []
    clip = graph.only_user(plus.output[0])
    times = next(n for n in users if n is not plus)
    if (clip is None or clip.op_type != "Clip" or times.op_type != "Mul" or
            set(times.input) != {value, clip.output[0]} or
            (attributes(clip)["min"], attributes(clip)["max"]) != (0, 6)):
        return []
    sixth = graph.only_user(times.output[0])
    return [plus, clip, times, sixth] if graph.scalar(sixth, "Div", times.output[0]) == 6 else []


def fold_activation(graph, value):
    """The activation that follows, as attributes, with the factor and offset behind it."""
    node = graph.only_user(value)
    given = {}
    if taken := hard_swish(graph, value):
        given["activation"] = "hardswish"
    elif node is not None and node.op_type == "Relu":
        given["activation"], taken = "relu", [node]
    elif node is not None and node.op_type == "HardSigmoid":
        given.update(activation="hardsigmoid", **attributes(node))
        taken = [node]
    else:
        return value, {"activation": "none"}, []
    value = taken[-1].output[0]
    for op, name in (("Mul", "scale"), ("Add", "shift")):
        node = graph.only_user(value)
        number = graph.scalar(node, op, value)
        if number is not None:
            given[name] = number
            taken.append(node)
            value = node.output[0]
    return value, given, taken


def fused(graph, node, op, axis, given):
    weights = graph.constants[node.input[1]].astype(np.float64)
    channels = weights.shape[axis]
    bias = (graph.constants[node.input[2]].astype(np.float64) if len(node.input) > 2
            else np.zeros(channels))
    value, weights, bias, linear = fold_linear(graph, node.output[0], weights, bias, axis)
    value, activation, taken = fold_activation(graph, value)
    inputs = [node.input[0], graph.constant(f"{value}_weights", weights),
              graph.constant(f"{value}_bias", bias)]
    graph.replace([node, *linear, *taken],
                  helper.make_node(op, inputs, [value], name=value, **given, **activation))


def fuse_convolutions(graph):
    for node in [n for n in graph.graph.node if n.op_type == "Conv"]:
        given = attributes(node)
        pads = given.get("pads", [0, 0, 0, 0])
        if pads[:2] == pads[2:] and set(given.get("dilations", [1])) == {1}:
            fused(graph, node, "ChiptrailConv", 0,
                  {"kernel": given["kernel_shape"], "stride": given["strides"],
                   "pad": pads[:2], "group": given["group"]})
    for node in [n for n in graph.graph.node if n.op_type == "ConvTranspose"]:
        given = attributes(node)
        if (list(given["kernel_shape"]), list(given["strides"]), given["group"],
                set(given.get("pads", [0]))) == ([2, 2], [2, 2], 1, {0}):
            fused(graph, node, "ChiptrailUpsample", 1, {})


def fuse_matrices(graph):
    for node in [n for n in graph.graph.node if n.op_type == "MatMul"]:
        weights = graph.constants.get(node.input[1])
        plus = graph.only_user(node.output[0])
        if weights is None or plus is None or plus.op_type != "Add":
            continue
        bias = graph.operand(plus, node.output[0])
        columns = weights.shape[-1]
        if bias is None or not (bias.reshape(-1, columns) == bias.reshape(-1, columns)[0]).all():
            continue
        value = plus.output[0]
        inputs = [node.input[0], graph.constant(f"{value}_weights", weights),
                  graph.constant(f"{value}_bias", bias.reshape(-1, columns)[0])]
        graph.replace([node, plus], helper.make_node("ChiptrailMatMul", inputs, [value],
                                                     name=value))


def enlarged_twice(graph, name):
    """The input of the Resize that makes `name` and nothing else uses, if it is one that doubles."""
    node = graph.makers.get(name)
    if (node is None or node.op_type != "Resize" or graph.only_user(name) is None or
            attributes(node)["mode"] != b"nearest"):
        return None
    source, target = graph.shapes[node.input[0]], graph.shapes[name]
    return node if [2 * n for n in source[2:]] == target[2:] else None


def fuse_gates(graph):
    for times in [n for n in graph.graph.node if n.op_type == "Mul"]:
        gate = next((n for n in times.input if graph.shapes.get(n, [])[2:] == [1, 1] and
                     n not in graph.constants), None)
        x = next((n for n in times.input if n != gate), None)
        if gate is None or graph.shapes.get(x) != graph.shapes.get(times.output[0]):
            continue
        old, base, inputs = [times], 0.0, [x, gate]
        plus = graph.only_user(times.output[0])
        if plus is not None and plus.op_type == "Add" and x in plus.input:
            old, base = [times, plus], 1.0
            more = graph.only_user(plus.output[0])
            if more is not None and more.op_type == "Add":
                other = next(n for n in more.input if n != plus.output[0])
                if (resize := enlarged_twice(graph, other)) is not None:
                    old += [more, resize]
                    inputs.append(resize.input[0])
        value = old[2].output[0] if len(old) > 2 else old[-1].output[0]
        graph.replace(old, helper.make_node("ChiptrailGate", inputs, [value], name=value,
                                            base=base))


def fuse(graph, shapes):
    """Rewrites the ONNX graph in place; `shapes` by value name, all of them known."""
    known = Graph(graph, shapes)
    fuse_convolutions(known)
    fuse_gates(known)
    fuse_matrices(known)
