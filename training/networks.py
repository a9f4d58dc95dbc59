"""The two networks. Only convolutions, ReLU and one matrix product, so that OpenCV 4.6 runs them."""

import torch
from torch import nn
from torch.nn import functional as F

STRIDE = 8  # of the proposing network's map
UNIT = 16.0  # pixels: sizes are predicted as log(side / UNIT)
EMBEDDING = 128
NOTHING = 32  # prototypes of what is no mark


def block(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Proposer(nn.Module):
    """Picture to a map of 5 numbers a cell: mark-likeness (logit), dx, dy (cells), log width, log height."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            block(3, 12, 2), block(12, 16, 2), block(16, 24), block(24, 40, 2), block(40, 40), block(40, 40),
            block(40, 40),
        )
        self.head = nn.Conv2d(40, 5, 1)
        nn.init.constant_(self.head.bias, 0)
        self.head.bias.data[0] = -4

    def forward(self, picture):
        return self.head(self.body(picture))


class Looker(nn.Module):
    """48 x 48 crop to an embedding, not yet of length 1."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            block(3, 20, 2), block(20, 40, 2), block(40, 48), block(48, 96, 2), block(96, 128), block(128, 128, 2),
        )
        self.out = nn.Conv2d(128, EMBEDDING, 3)

    def forward(self, crop):
        return self.out(self.body(crop)).flatten(1)


def product(rows, others):
    """rows @ others.T as a convolution: Debian's torch has no fast matrix product."""
    return F.conv2d(rows[:, :, None, None], others[:, :, None, None]).flatten(1)


class Judge(nn.Module):
    """Embeddings to logits: marks, other icons, nothing. Cosines to learned prototypes, so that
    crops of one mark lie close together."""

    def __init__(self, marks, others):
        super().__init__()
        self.marks, self.icons = marks, marks + others
        self.weight = nn.Parameter(torch.randn(self.icons + NOTHING, EMBEDDING) * 0.1)
        self.turn = nn.Parameter(torch.randn(4, EMBEDDING) * 0.3)
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def prototypes(self):
        return F.normalize(self.weight)

    def scale(self):
        return self.log_scale.clamp(max=3.4).exp()

    def forward(self, embedding, labels=None, margin=0.0):
        cosines = product(F.normalize(embedding), self.prototypes())
        if labels is not None and margin:
            rows = torch.nonzero(labels < self.icons)[:, 0]
            cosines = cosines.clone()
            cosines[rows, labels[rows]] -= margin
        scaled = cosines * self.scale()
        nothing = torch.logsumexp(scaled[:, self.icons :], 1, keepdim=True)
        return torch.cat([scaled[:, : self.icons], nothing], 1)


class LookerWithProducts(nn.Module):
    """What is exported: the embedding and its products with all prototypes and turn vectors.
    Divided by the embedding's length, which the caller does, they are cosines."""

    def __init__(self, looker, judge):
        super().__init__()
        self.looker = looker
        rows = torch.cat([torch.eye(EMBEDDING), judge.turn.detach(), judge.prototypes().detach()])
        self.products = nn.Linear(EMBEDDING, rows.shape[0], bias=False)
        self.products.weight.data = rows

    def forward(self, crop):
        return self.products(self.looker(crop))


def normalise(picture):
    """8-bit BGR, channels last, to what the networks take; vision/mark_*.cpp do the same."""
    return (picture.permute(0, 3, 1, 2).float() - 127.5) / 64
