/// Changes what was found before anything is made of it: smoothing, filters, counting, tracking.
///
/// Called for every frame and every photo, one after the other, on the queue on which the model runs. One sees the frames
/// of one start of the camera, or a single detection in a photo: what it remembers is of one source.
protocol ResultProcessor {
    mutating func process(_ result: inout PictureResult)
}

/// Processors, each of which gets what the one before it has left.
struct ProcessorChain {
    private let make: () -> [any ResultProcessor]
    private var processors: [any ResultProcessor]

    init(_ make: @escaping () -> [any ResultProcessor]) {
        self.make = make
        processors = make()
    }

    /// Another source: new processors, which remember nothing.
    mutating func restart() {
        processors = make()
    }

    mutating func process(_ result: PictureResult) -> PictureResult {
        var result = result
        for index in processors.indices { processors[index].process(&result) }
        return result
    }

    /// By new processors: neither what was looked at before nor what comes after has to do with this picture.
    func processAlone(_ result: PictureResult) -> PictureResult {
        var chain = ProcessorChain(make)
        return chain.process(result)
    }
}
