/// Where pictures are decoded, drawn and encoded: what belongs to it cannot run on the main thread.
@globalActor
actor PictureWork {
    static let shared = PictureWork()
}
