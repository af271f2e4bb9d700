/// What is seen, in words: `3 bowl, 1 broccoli`, classes in the order of their best score; "" for nothing.
enum Summary {
    /// `boxes`: best first, so that the order in which classes turn up is that of their best scores.
    static func text(boxes: [Box], names: [String]) -> String {
        var order: [Int] = []
        var counts: [Int: Int] = [:]
        for box in boxes {
            if counts[box.classIndex] == nil { order.append(box.classIndex) }
            counts[box.classIndex, default: 0] += 1
        }
        return order.map { "\(counts[$0, default: 0]) \(OneLine.text(names[$0]))" }.joined(separator: ", ")
    }
}
