import XCTest

@testable import App

/// Which program serves, and what the next start does, for each behaviour of an extra program.
final class SelectionTests: XCTestCase {
    private let folder = SelectionFolder(
        url: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString))

    private var hanging: [Task<Void, Never>] = []

    override func tearDown() {
        hanging.forEach { $0.cancel() }
        try? FileManager.default.removeItem(at: folder.url)
    }

    func testFasterProgramIsElectedAndTheNextStartOnlyLoadsIt() async {
        let (selection, loader) = make(.right)
        await selection.start()
        await selection.note(.startedWell)
        await check(selection, .selected, isServing: true, "backend_chosen", ["Core ML", "2.1", "5", "24.9"])
        await check(loader, ["load", "prove", "measure", "serve"])
        let (next, nextLoader) = make(.right)
        await next.start()
        await check(next, .selected, isServing: true, "backend_chosen", ["Core ML", "2.1", "5", "24.9"])
        await check(nextLoader, ["load", "serve"])
    }

    func testSlowerProgramDoesNotServe() async {
        await checkRejected(.slow, .slower, "backend_slower", ["24.9", "Core ML", "30.1"], ["load", "prove", "measure"])
    }

    func testWrongProgramDoesNotServe() async {
        let why = await checkRejected(.wrong, .wrong, "backend_wrong", ["Core ML"], ["load", "prove"])
        XCTAssertEqual(why, "raw: off by 0.2")  // for the report: the line is for users
    }

    func testProgramThatDoesNotLoadDoesNotServe() async {
        await checkRejected(.throwsAtLoad, .failed, "backend_failed", ["Core ML"], ["load"])
    }

    func testProgramThatFailsDuringTheMeasurementDoesNotServe() async {
        await checkRejected(.throwsAtTheTenthRun, .failed, "backend_failed", ["Core ML"], ["load", "prove", "measure"])
    }

    func testProgramThatIsWrongInOneTimedRunDoesNotServe() async {
        let why = await checkRejected(
            .wrongOnEveryFourthRun, .wrong, "backend_wrong", ["Core ML"], ["load", "prove", "measure"])
        XCTAssertEqual(why, "raw: off by 0.3")
    }

    func testProgramThatHangsDoesNotDisturbTheSettingsAndTheSelfCheck() async {
        let (selection, loader) = make(.hangs)
        hanging.append(Task { await selection.start() })
        await until { await loader.calls == ["load"] }
        await check(selection, nil, isServing: false, "backend_trying", ["Core ML"])
        await selection.choose(.cpu)  // does not wait for the program
        await selection.choose(.automatic)
        await selection.pause()
        await selection.resume()
        await check(loader, ["load"])
    }

    func testProgramThatHangsUntilTheAppIsClosedIsNotTriedAgain() async {
        let (selection, loader) = make(.hangs, hangTime: .zero)
        hanging.append(Task { await selection.start() })
        await until { await loader.calls == ["load"] }
        await selection.setInForeground(false)
        await check(selection, .failed, isServing: false, "backend_failed", ["Core ML"])
        await selection.setInForeground(true)
        let (next, nextLoader) = make(.right)
        await next.start()
        await check(next, .failed, isServing: false, "backend_failed", ["Core ML"])
        await check(nextLoader, [])
    }

    func testTrialThatCrashesOnceIsTriedAgain() async {
        await crash()
        let (selection, loader) = make(.right)
        await selection.start()
        await check(selection, .selected, isServing: true)
        await check(loader, ["load", "prove", "measure", "serve"])
        XCTAssertEqual(folder.readRecord()?.crashes, 0)
    }

    func testTrialThatCrashesTwiceInARowIsNotTriedAgain() async {
        await crash()
        await crash()
        for _ in 0..<2 {
            let (next, nextLoader) = make(.right)
            await next.start()
            await check(next, .crashed, isServing: false, "backend_crashed", ["Core ML"])
            await check(nextLoader, [])
        }
    }

    func testProgramIsNotBlamedIfTheAppEndsInTheBackground() async {
        for _ in 0..<3 {
            let (selection, loader) = make(.hangs)
            hanging.append(Task { await selection.start() })
            await until { await loader.calls == ["load"] }
            XCTAssertEqual(folder.readMarker(), "key")
            await selection.setInForeground(false)
            XCTAssertNil(folder.readMarker())
        }
        let (selection, _) = make(.right)
        await selection.start()
        await check(selection, .selected, isServing: true)
    }

    func testProgramIsNotBlamedIfADebuggerRunsTheApp() async {
        for _ in 0..<3 {
            let (selection, loader) = make(.hangs, isDebugged: true)
            hanging.append(Task { await selection.start() })
            await until { await loader.calls == ["load"] }
            XCTAssertNil(folder.readMarker())
        }
        let (selection, _) = make(.right)
        await selection.start()
        await check(selection, .selected, isServing: true)
    }

    func testTrialThatTheBackgroundInterruptsBeginsAgainInTheForeground() async {
        let (selection, loader) = make(.waits)
        let trial = Task { await selection.start() }
        await until { await loader.calls == ["load"] }
        await selection.setInForeground(false)
        await loader.go()
        await trial.value
        await check(selection, nil, isServing: false, "backend_cpu")
        XCTAssertNil(folder.readRecord())
        await selection.setInForeground(true)
        await check(selection, .selected, isServing: true)
        let trialCalls = ["load", "prove", "measure"]
        await check(loader, trialCalls + trialCalls + ["serve"])
    }

    func testProgramThatCrashesAtItsStartIsReplacedByTheCPUOnce() async {
        await make(.right).selection.start()
        XCTAssertEqual(folder.readMarker(), "key")  // there was no good frame
        let (next, nextLoader) = make(.right)
        await next.start()
        await check(next, .selected, isServing: false, "backend_crashed_once", ["Core ML"])
        await check(nextLoader, [])
        XCTAssertNil(folder.readMarker())
        let (third, thirdLoader) = make(.right)
        await third.start()
        await check(third, .selected, isServing: true)
        await check(thirdLoader, ["load", "serve"])
        await third.note(.startedWell)
        XCTAssertNil(folder.readMarker())
        XCTAssertEqual(folder.readRecord()?.crashes, 0)
    }

    func testProgramThatCrashesAtTwoStartsInARowIsNotUsedAgain() async {
        await make(.right).selection.start()
        await make(.right).selection.start()  // the CPU serves
        await make(.right).selection.start()
        let (next, loader) = make(.right)
        await next.start()
        await check(next, .crashed, isServing: false, "backend_crashed", ["Core ML"])
        await check(loader, [])
    }

    func testUserMayChooseAProgramThatHasJustCrashed() async {
        await make(.right).selection.start()
        let (next, loader) = make(.right)
        await next.start()
        await next.choose(.further)
        await check(next, .selected, isServing: true)
        await check(loader, ["load", "serve"])
    }

    func testProvenProgramIsLoadedWithoutChangingTheRecord() async {
        let (selection, _) = make(.right)
        await selection.start()
        await selection.note(.startedWell)
        let record = folder.readRecord()
        let (next, loader) = make(.right)
        await next.start()
        let (markers, records) = (await loader.markersAtLoad, await loader.recordsAtLoad)
        XCTAssertEqual(markers, ["key"])
        XCTAssertEqual(records, [record])
        XCTAssertEqual(folder.readRecord(), record)
    }

    func testMarkerOfAnotherAppVersionIsIgnored() async throws {
        await make(.right).selection.start()
        try folder.writeMarker("another key")
        let (next, loader) = make(.right)
        await next.start()
        await check(next, .selected, isServing: true)
        await check(loader, ["load", "serve"])
    }

    func testProgramIsNotLoadedIfTheMarkerCannotBeWritten() async throws {
        try Data().write(to: folder.url)  // a file in the folder's place
        let (selection, loader) = make(.right)
        await selection.start()
        await check(loader, [])
        await check(selection, .failed, isServing: false, "backend_failed", ["Core ML"])
    }

    func testAnotherDeviceSystemAppOrProgramIsTriedAgain() async {
        await make(.wrong).selection.start()
        let (selection, loader) = make(.right, key: "another key")
        await selection.start()
        await check(selection, .selected, isServing: true)
        await check(loader, ["load", "prove", "measure", "serve"])
    }

    func testUnreadableRecordIsNoRecord() async throws {
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        try Data("{".utf8).write(to: folder.url.appendingPathComponent("selection.json"))
        let (selection, _) = make(.right)
        await selection.start()
        await check(selection, .selected, isServing: true)
    }

    func testDroppedProgramIsNotTriedAgain() async {
        let (selection, _) = make(.right)
        await selection.start()
        await selection.note(.dropped)
        await check(selection, .dropped, isServing: false, "backend_dropped", ["Core ML"])
        let (next, loader) = make(.right)
        await next.start()
        await check(next, .dropped, isServing: false)
        await check(loader, [])
    }

    func testCPUSettingStartsNoTrialAndEndsTheService() async {
        let (selection, loader) = make(.right)
        await selection.choose(.cpu)
        await selection.start()
        await check(loader, [])
        await check(selection, nil, isServing: false, "backend_cpu")
        await selection.choose(.automatic)
        await check(selection, .selected, isServing: true)
        await selection.choose(.cpu)
        await check(selection, .selected, isServing: false, "backend_cpu")
        await check(loader, ["load", "prove", "measure", "serve"])
        XCTAssertEqual(folder.readChoice(), .cpu)
    }

    func testForcedProgramServesThoughItIsSlowerOrWrong() async {
        let cases: [(Behavior, SelectionRecord.State, String, [String])] = [
            (.slow, .slower, "backend_forced_slower", ["Core ML", "30.1", "24.9"]),
            (.wrong, .wrong, "backend_forced_wrong", ["Core ML"]),
        ]
        for (behavior, state, line, arguments) in cases {
            let (selection, _) = make(behavior, key: "\(behavior)")
            await selection.choose(.automatic)
            await selection.start()
            await check(selection, state, isServing: false)
            await selection.choose(.further)
            await check(selection, state, isServing: true, line, arguments)
            await selection.note(.startedWell)
            let (next, loader) = make(behavior, key: "\(behavior)")
            await next.start()
            await check(next, state, isServing: true, line, arguments)
            await check(loader, ["load", "serve"])
        }
    }

    func testOnlyForcingTriesAFailedProgramAgain() async {
        await make(.throwsAtLoad).selection.start()
        let (selection, loader) = make(.right)
        await selection.start()
        await selection.choose(.automatic)
        await check(loader, [])
        await selection.choose(.further)
        await check(selection, .selected, isServing: true)
    }

    func testForcingBeforeTheStartTriesAFailedProgramAgain() async {
        let (failing, _) = make(.throwsAtLoad)
        await failing.start()
        let (next, loader) = make(.right)
        await next.choose(.further)
        await next.start()
        await check(next, .selected, isServing: true)
        await check(loader, ["load", "prove", "measure", "serve"])
    }

    func testSettingThatChangesDuringTheTrialDecidesAtItsEnd() async {
        let (selection, loader) = make(.waits)
        let trial = Task { await selection.start() }
        await until { await loader.calls == ["load"] }
        await selection.choose(.cpu)
        await loader.go()
        await trial.value
        await check(selection, .selected, isServing: false, "backend_cpu")
        await check(loader, ["load", "prove", "measure"])
    }

    func testSelfCheckClosesTheProgramAndItServesAgain() async {
        let (selection, loader) = make(.right)
        await selection.start()
        await selection.pause()
        await selection.setInForeground(false)
        await selection.setInForeground(true)  // during the self-check
        await check(selection, .selected, isServing: false)
        XCTAssertNil(folder.readMarker())
        await selection.resume()
        await check(selection, .selected, isServing: true)
        await check(loader, ["load", "prove", "measure", "serve", "load", "serve"])
        let rows = await selection.status.rows(isPassed: true, worst: "0.1 px")
        XCTAssertEqual(rows.map(\.title), ["CPU", "Core ML"])
        XCTAssertEqual(rows[0].line.arguments, ["0.1 px", "24.9", "80.0"])
        XCTAssertEqual(rows[1].line.arguments, ["0.3 px", "2.1", "350.0"])
        XCTAssertEqual(rows.map(\.isPassed), [true, true])
        let report = await selection.status.report(isPassed: true, worst: "0.1 px")
        XCTAssertEqual(report.last, "Core ML: passed, worst difference 0.3 px, 2.1 ms, loaded in 350.0 ms")
    }

    func testReportSaysWhyAProgramDoesNotServe() async {
        let (selection, _) = make(.wrong)
        await selection.start()
        let report = await selection.status.report(isPassed: true, worst: "0.1 px")
        XCTAssertEqual(report.count, 2)
        XCTAssertTrue(report[1].hasPrefix("Core ML: FAILED (raw: off by 0.2), "), report[1])
    }

    @MainActor
    func testScreenFollowsTheSelectionAndTheSettingReachesIt() async {
        let (selection, _) = make(.right)
        let backend = BackendModel(selection: selection)
        let following = Task { await backend.follow() }
        defer { following.cancel() }
        XCTAssertEqual(backend.status.line.key, "backend_cpu")
        backend.start()
        await until { backend.status.isServing }
        backend.choice = .cpu
        await until { backend.status.choice == .cpu && !backend.status.isServing }
    }

    /// Checks the first start, and that the next one loads nothing.
    /// Returns the verdict of the record.
    @discardableResult
    private func checkRejected(
        _ behavior: Behavior, _ state: SelectionRecord.State, _ line: String, _ arguments: [String], _ calls: [String],
        at place: UInt = #line
    ) async -> String? {
        let (selection, loader) = make(behavior)
        await selection.start()
        await check(selection, state, isServing: false, line, arguments, at: place)
        await check(loader, calls, at: place)
        let (next, nextLoader) = make(.right)
        await next.start()
        await check(next, state, isServing: false, line, arguments, at: place)
        await check(nextLoader, [], at: place)
        return await next.status.record?.verdict
    }

    private func check(
        _ selection: Selection, _ state: SelectionRecord.State?, isServing: Bool, _ line: String? = nil,
        _ arguments: [String] = [], at place: UInt = #line
    ) async {
        let status = await selection.status
        XCTAssertEqual(status.record?.state, state, line: place)
        XCTAssertEqual(status.isServing, isServing, line: place)
        guard let line else { return }
        XCTAssertEqual(status.line, SelectionStatus.Line(key: line, arguments: arguments), line: place)
    }

    private func check(_ loader: FakeLoader, _ calls: [String], at place: UInt = #line) async {
        let found = await loader.calls
        XCTAssertEqual(found, calls, line: place)
    }

    private func make(
        _ behavior: Behavior, key: String = "key", isDebugged: Bool = false, hangTime: Duration = .seconds(60)
    ) -> (selection: Selection, loader: FakeLoader) {
        let loader = FakeLoader(behavior, folder: folder)
        let selection = Selection(
            key: key, backend: "coreml", title: "Core ML", folder: folder, loader: loader,
            isDebugged: { isDebugged }, hangTime: hangTime)
        return (selection, loader)
    }

    /// Leaves what a start does whose program ends the app while it is loaded.
    private func crash() async {
        let (selection, loader) = make(.hangs)
        hanging.append(Task { await selection.start() })
        await until { await loader.calls == ["load"] }
    }
}

/// Waits for other tasks.
private func until(_ condition: @MainActor () async -> Bool, line: UInt = #line) async {
    for _ in 0..<100_000 {
        if await condition() { return }
        await Task.yield()
    }
    XCTFail("it does not happen", line: line)
}

private enum Behavior {
    case right, slow, wrong, wrongOnEveryFourthRun, throwsAtLoad, throwsAtTheTenthRun, hangs
    /// Loads after `go`.
    case waits
}

/// Records its calls, except those that end the service.
private actor FakeLoader: ProgramLoader {
    private(set) var calls: [String] = []
    private(set) var recordsAtLoad: [SelectionRecord?] = []
    private(set) var markersAtLoad: [String?] = []
    private let behavior: Behavior
    private let folder: SelectionFolder
    private let gate: AsyncStream<Void>
    private let gateKey: AsyncStream<Void>.Continuation

    init(_ behavior: Behavior, folder: SelectionFolder) {
        (self.behavior, self.folder) = (behavior, folder)
        (gate, gateKey) = AsyncStream.makeStream(of: Void.self)
    }

    func go() {
        gateKey.finish()
    }

    func note(_ call: String) {
        calls.append(call)
    }

    func load() async throws -> any LoadedProgram {
        calls.append("load")
        recordsAtLoad.append(folder.readRecord())
        markersAtLoad.append(folder.readMarker())
        if behavior == .throwsAtLoad { throw CocoaError(.featureUnsupported) }
        if [.hangs, .waits].contains(behavior) { for await _ in gate {} }
        return FakeProgram(loader: self, behavior: behavior)
    }

    func serveCPU() {}
}

private struct FakeProgram: LoadedProgram {
    let loader: FakeLoader
    let behavior: Behavior
    var loadMilliseconds: Double { 350 }

    func prove() async throws -> Proof {
        await loader.note("prove")
        let isRight = behavior != .wrong
        return Proof(isPassed: isRight, worst: "0.3 px", pictures: 5, problem: isRight ? "" : "raw: off by 0.2")
    }

    func measure(run: Int) async throws -> TimedRun {
        if run == 0 { await loader.note("measure") }
        if behavior == .throwsAtTheTenthRun, run == 9 { throw CocoaError(.featureUnsupported) }
        let isRight = behavior != .wrongOnEveryFourthRun || run % 4 != 3
        return TimedRun(
            milliseconds: behavior == .slow ? 30.1 : 2.1, cpuMilliseconds: 24.9, cpuLoadMilliseconds: 80,
            problem: isRight ? "" : "raw: off by 0.3")
    }

    func serve() async {
        await loader.note("serve")
    }
}
