/// Counts what is seen, and leaves what is shown: one class, or all, in the colours that somebody has given them.
struct ClassFilter: ResultProcessor {
    let only: Int?
    var colors: [Int: Int] = [:]

    func process(_ result: inout PictureResult) {
        result.seen = ClassCount.all(of: result.boxes)
        if let only { result.boxes.removeAll { $0.classIndex != only } }
        if colors.isEmpty { return }
        for place in result.boxes.indices { result.boxes[place].chosenColor = colors[result.boxes[place].classIndex] }
    }
}
