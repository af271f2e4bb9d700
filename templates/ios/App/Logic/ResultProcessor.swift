/// Changes what was found before anything is made of it: smoothing, filters, counting, tracking.
///
/// Called for every frame and every photo, one after the other, on the queue on which the model runs.
protocol ResultProcessor {
    mutating func process(_ result: inout PictureResult)
}

/// Processors, each of which gets what the one before it has left.
struct ProcessorChain {
    private var processors: [any ResultProcessor]

    init(_ processors: [any ResultProcessor]) {
        self.processors = processors
    }

    mutating func process(_ result: PictureResult) -> PictureResult {
        var result = result
        for index in processors.indices { processors[index].process(&result) }
        return result
    }
}
