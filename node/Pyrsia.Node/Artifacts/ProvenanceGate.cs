using Pyrsia.Node.Log;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Node.Artifacts;

/// <summary>
/// The same verifier that a stranger runs offline, on the same bundle: what this node serves, anybody could check. A verdict
/// that passed is not checked again, for neither log entries nor the network file change while the process runs.
/// </summary>
internal sealed class ProvenanceGate(LogView log) : IProvenanceGate
{
    private readonly PassedVerdicts _passed = new();
    private readonly PassedVerdicts _passedWaived = new();

    public string? Refusal(long verdictIndex) => Check(_passed, verdictIndex, () => LogBundles.Build(log, verdictIndex, output: null), new VerificationOptions());

    public string? Refusal(UnverifiedAnswer answer) =>
        Check(_passedWaived, answer.Verdict, () => LogBundles.BuildUnverified(log, answer), new VerificationOptions { WaiveThreshold = true, Coordinate = answer.Coordinate });

    private string? Check(PassedVerdicts passed, long verdict, Func<ProvenanceBundle?> build, VerificationOptions options)
    {
        if (passed.Contains(verdict)) return null;
        if (build() is not { } bundle) return $"log entry {verdict} is not a whole proof here yet";
        var report = ProvenanceVerifier.Verify(bundle.ToBytes(), log.Network, options);
        if (report.Failure is { } failure) return $"log entry {verdict} fails at {failure.Step}: {failure.Detail}";
        passed.Add(verdict);
        return null;
    }
}
