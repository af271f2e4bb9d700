import CoreTransferable
import Foundation
import UniformTypeIdentifiers

/// What was found as JSON, to be handed to other apps.
struct FoundJSON: Sendable, Transferable {
    let report: FoundReport

    static var transferRepresentation: some TransferRepresentation {
        DataRepresentation(exportedContentType: UTType(filenameExtension: "json") ?? .data) { try $0.report.json() }
            .suggestedFileName("found.json")
    }
}

/// The same as a table.
struct FoundCSV: Sendable, Transferable {
    let report: FoundReport

    static var transferRepresentation: some TransferRepresentation {
        DataRepresentation(exportedContentType: UTType(filenameExtension: "csv") ?? .data) { Data($0.report.csv.utf8) }
            .suggestedFileName("found.csv")
    }
}
