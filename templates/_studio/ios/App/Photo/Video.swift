import AVFoundation
import CoreTransferable
import Foundation
import PhotosUI
import SwiftUI
import UIKit
import UniformTypeIdentifiers

/// A picked video. It plays in a loop, without sound.
@MainActor
final class Video: OpenedVideo {
    let player: AVPlayer
    let frames: VideoFrames

    private enum Event { case ended, failed }

    private let file: MovieFile
    private let events: AsyncStream<Event>
    private let status: NSKeyValueObservation
    private nonisolated(unsafe) let observers: [any NSObjectProtocol]  // never changed
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
        player.allowsExternalPlayback = false  // else the frames are on the other screen only
        (self.file, self.frames, self.events) = (file, frames, events)
    }

    deinit {
        for each in observers { NotificationCenter.default.removeObserver(each) }
    }

    /// Nil if this device cannot play it.
    static func load(_ item: PhotosPickerItem) async -> (any OpenedVideo)? {
        do {
            guard let file = try await item.loadTransferable(type: MovieFile.self),
                let frames = await VideoFrames(of: file.url)
            else { return nil }
            // Other apps keep playing.
            try? AVAudioSession.sharedInstance().setCategory(.ambient)
            return Video(file, frames)
        } catch {
            // Such as a video in iCloud that cannot be downloaded.
            NSLog("%@", NSString(string: "The video cannot be loaded: \(error.localizedDescription)"))
            return nil
        }
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
    /// A Live Photo is opened as a photo.
    var isVideo: Bool {
        let types = supportedContentTypes
        return types.contains { $0.conforms(to: .movie) } && !types.contains { $0.conforms(to: .image) }
    }
}

/// The frames that a player shows, for LivePipeline.
struct VideoFrames: @unchecked Sendable {
    /// Between two looks for a new frame.
    static let pause = Duration.milliseconds(8)

    let turn: FrameTurn
    let output: AVPlayerItemVideoOutput

    /// Nil if this device cannot play it.
    init?(of file: URL) async {
        let asset = AVURLAsset(url: file)
        guard (try? await asset.load(.isPlayable)) == true,
            let track = try? await asset.loadTracks(withMediaType: .video).first,
            let (stored, turned) = try? await track.load(.naturalSize, .preferredTransform),
            let size = VideoSize.fitting(width: stored.width, height: stored.height)
        else { return nil }
        turn = FrameTurn(orientation: ExifOrientation(a: turned.a, b: turned.b, c: turned.c, d: turned.d))
        // The format of a camera. HDR videos would look pale without the colour properties.
        output = AVPlayerItemVideoOutput(outputSettings: [
            kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange,
            kCVPixelBufferWidthKey as String: size.width,
            kCVPixelBufferHeightKey as String: size.height,
            AVVideoColorPropertiesKey: [
                AVVideoColorPrimariesKey: AVVideoColorPrimaries_ITU_R_709_2,
                AVVideoTransferFunctionKey: AVVideoTransferFunction_ITU_R_709_2,
                AVVideoYCbCrMatrixKey: AVVideoYCbCrMatrix_ITU_R_709_2,
            ],
        ])
    }

    /// The shown frame and its time in the video; nil: it was returned before, or there is none.
    func newest() -> (buffer: CVPixelBuffer, time: Double)? {
        let now = output.itemTime(forHostTime: CACurrentMediaTime())
        var time = CMTime.zero
        guard output.hasNewPixelBuffer(forItemTime: now),
            let buffer = output.copyPixelBuffer(forItemTime: now, itemTimeForDisplay: &time)
        else { return nil }
        return (buffer, time.seconds)
    }
}

/// A video file in the app's temporary folder. It is removed with its last user.
final class MovieFile: Transferable {
    private static let folder = FileManager.default.temporaryDirectory.appendingPathComponent("videos")

    let url: URL

    init(pathExtension: String) {
        // Writing the file reports a missing folder.
        try? FileManager.default.createDirectory(at: MovieFile.folder, withIntermediateDirectories: true)
        url = MovieFile.folder.appendingPathComponent(UUID().uuidString).appendingPathExtension(pathExtension)
    }

    /// Called at the start of the app: an app that the system ends leaves its videos.
    static func removeOld() {
        try? FileManager.default.removeItem(at: folder)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    static var transferRepresentation: some TransferRepresentation {
        FileRepresentation(importedContentType: .movie) { received in
            let copy = MovieFile(pathExtension: received.file.pathExtension)
            try FileManager.default.copyItem(at: received.file, to: copy.url)
            return copy
        }
    }
}

struct VideoView: UIViewRepresentable {
    let video: Video
    let aspect: Aspect

    func makeUIView(context: Context) -> PlayerLayerView {
        let view = PlayerLayerView()
        view.backgroundColor = .black  // hides the camera
        view.isAccessibilityElement = false  // the overlay describes the picture
        return view
    }

    func updateUIView(_ view: PlayerLayerView, context: Context) {
        view.playerLayer.player = video.player
        view.playerLayer.videoGravity = AVLayerVideoGravity(aspect)
    }
}

final class PlayerLayerView: UIView {
    override class var layerClass: AnyClass { AVPlayerLayer.self }

    var playerLayer: AVPlayerLayer {
        guard let layer = layer as? AVPlayerLayer else { preconditionFailure("layerClass says which layer this is") }
        return layer
    }
}

extension AVLayerVideoGravity {
    init(_ aspect: Aspect) {
        self = aspect == .fit ? .resizeAspect : .resizeAspectFill
    }
}
