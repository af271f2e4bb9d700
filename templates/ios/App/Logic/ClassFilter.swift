/// Counts what is seen, and leaves what is shown: one class, or all.
struct ClassFilter: ResultProcessor {
    let only: Int?

    func process(_ result: inout PictureResult) {
        result.seen = ClassCount.all(of: result.boxes)
        if let only { result.boxes.removeAll { $0.classIndex != only } }
    }
}
