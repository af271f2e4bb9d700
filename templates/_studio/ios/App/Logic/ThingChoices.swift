/// What somebody has chosen to see of the things in a picture, and what is counted of them.
struct ThingChoices {
    var counting = Counting()
    /// How sure the model must be of a thing that is followed to be shown; nil: none are followed.
    private(set) var followedConfidence: Double?
    private(set) var isSmooth = false
    private var comparison: Comparison?
    private var filter = ClassFilter(only: nil)

    mutating func use(_ choices: Choices) {
        filter = ClassFilter(only: choices.onlyClass, colors: choices.colors)
        counting.isOn = choices.isCounting
        counting.line = choices.line
        isSmooth = choices.isSmooth
        comparison = Comparison(wanted: choices.limits.confidence, other: choices.otherConfidence)
        followedConfidence = choices.isTracking ? choices.limits.confidence : nil
    }

    /// Of the next frame; the classes that are not shown are not counted either.
    mutating func counted(_ result: PictureResult) -> PictureResult {
        var result = shown(result)
        counting.process(&result)
        return result
    }

    /// Of what stands still.
    func still(_ result: PictureResult) -> PictureResult {
        var result = shown(result)
        result.comparison = comparison
        return result
    }

    private func shown(_ result: PictureResult) -> PictureResult {
        var result = result
        filter.process(&result)
        return result
    }

    /// In a frame that is held things keep the numbers that they had as it was seen, and the line has its counts: as long
    /// as things are numbered and counted.
    func keep(_ seen: [Box], in result: inout PictureResult) {
        if followedConfidence == nil { return }
        HeldNumbers(of: seen).process(&result)
        result.line = counting.line(in: result.size)
    }
}
