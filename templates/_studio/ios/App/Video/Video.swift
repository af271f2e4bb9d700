import AVFoundation
import Foundation
import PhotosUI
import SwiftUI

/// A video that somebody picked.
@MainActor
final class Video: OpenedVideo {
    let player: AVPlayer
    let frames: VideoFrames

    private enum Event { case ended, failed }

    private let file: MovieFile
    private let events: AsyncStream<Event>
    private let status: NSKeyValueObservation
    private nonisolated(unsafe) let observers: [any NSObjectProtocol]  // nobody changes them
    private var isPlaying = false

    private init(_ file: MovieFile, _ frames: VideoFrames) {
        let item = AVPlayerItem(url: file.url)
        let (events, event) = AsyncStream.makeStream(of: Event.self)
        let names = [
            (AVPlayerItem.didPlayToEndTimeNotification, Event.ended),
            (AVPlayerItem.failedToPlayToEndTimeNotification, Event.failed),
        ]
        observers = names.map { name, what in
            NotificationCenter.default.addObserver(forName: name, object: item, queue: nil) { _ in event.yield(what) }
        }
        status = item.observe(\.status) { item, _ in if item.status == .failed { event.yield(.failed) } }
        item.add(frames.output)
        player = AVPlayer(playerItem: item)
        player.isMuted = true
        player.allowsExternalPlayback = false  // its frames would be on the other screen alone
        (self.file, self.frames, self.events) = (file, frames, events)
    }

    deinit {
        for each in observers { NotificationCenter.default.removeObserver(each) }
    }

    /// Nil if it is no video that this device can play.
    static func load(_ item: PhotosPickerItem) async -> (any OpenedVideo)? {
        guard let file = try? await item.loadTransferable(type: MovieFile.self),
            let frames = await VideoFrames(of: file.url)
        else { return nil }
        // What else plays on this device goes on.
        try? AVAudioSession.sharedInstance().setCategory(.ambient)
        return Video(file, frames)
    }

    func play() {
        isPlaying = true
        player.play()
    }

    func pause() {
        isPlaying = false
        player.pause()
    }

    func failure() async {
        for await event in events {
            if event == .failed { return }
            rewind()
        }
    }

    private func rewind() {
        player.seek(to: .zero)
        if isPlaying { player.play() }
    }
}

extension PhotosPickerItem {
    /// A Live Photo is both: it is opened as a photo.
    var isVideo: Bool {
        let types = supportedContentTypes
        return types.contains { $0.conforms(to: .movie) } && !types.contains { $0.conforms(to: .image) }
    }
}
