/// Changes a result before it is shown, recorded and shared. `App/ResultProcessors.swift` lists yours.
///
/// It is called for every frame and photo, one after the other, on the queue of the model. Each start of the camera and
/// each photo gets a new one, so it can keep state from frame to frame.
protocol ResultProcessor {
    mutating func process(_ result: inout PictureResult)
}

/// Processors in a row: each gets the result of the one before it.
struct ProcessorChain {
    private let make: () -> [any ResultProcessor]
    private var processors: [any ResultProcessor]

    init(_ make: @escaping () -> [any ResultProcessor]) {
        self.make = make
        processors = make()
    }

    /// Starts with new processors, for another source.
    mutating func restart() {
        processors = make()
    }

    mutating func process(_ result: PictureResult) -> PictureResult {
        var result = result
        for index in processors.indices { processors[index].process(&result) }
        return result
    }

    /// Uses new processors for a single picture.
    func processAlone(_ result: PictureResult) -> PictureResult {
        var chain = ProcessorChain(make)
        return chain.process(result)
    }
}
