using System.Globalization;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Verification;

/// <summary>
/// The single gate: says whether a bundle proves an artifact to the holder of a network file. Offline and pure; trusts nothing but the
/// network file. Its answer does not depend on today's date unless an age is asked for.
/// </summary>
public static class ProvenanceVerifier
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss'Z'";

    /// <summary>Verifies a bundle.</summary>
    /// <param name="bundle">The file.</param>
    /// <param name="network">The trust root.</param>
    /// <param name="options">What else to ask.</param>
    public static VerificationReport Verify(ReadOnlyMemory<byte> bundle, NetworkFile network, VerificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        if (options.MaxAge is not null && options.Now is null)
            throw new ArgumentException("an age can be bounded only when the present is given", nameof(options));
        return new Run(network, options).Verify(bundle);
    }

    /// <summary>One verification: each step returns its finding or throws it as a failure.</summary>
    private sealed class Run(NetworkFile network, VerificationOptions options)
    {
        private readonly List<StepResult> _steps = [];
        private PublishedTimes? _times;
        private Claim? _claim;

        public VerificationReport Verify(ReadOnlyMemory<byte> bytes)
        {
            ProvenanceBundle? bundle = null;
            Step(VerificationStep.Parse, () => ProvenanceBundle.TryParse(bytes, out bundle, out var error)
                ? Pass(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes, {bundle.Results.Length} results"))
                : Fail(error));
            Step(VerificationStep.ChainId, () => ChainId(bundle!));
            Step(VerificationStep.Digest, () => Digest(bundle!));
            Step(VerificationStep.Attestations, () => Attestations(bundle!));
            Step(VerificationStep.Threshold, Threshold);
            Step(VerificationStep.Inclusion, () => Inclusion(bundle!));
            Step(VerificationStep.Quorum, () => Quorum(bundle!));
            Step(VerificationStep.Age, Age);
            return new VerificationReport([.. _steps], bundle, _times is null ? null : DateTimeOffset.FromUnixTimeSeconds(_times.Time));
        }

        private void Step(VerificationStep step, Func<(bool Ok, string Detail)> check)
        {
            if (_steps.Any(s => s.Outcome != StepOutcome.Passed))
            {
                _steps.Add(new StepResult(step, StepOutcome.NotRun, "not run"));
                return;
            }

            var (ok, detail) = check();
            _steps.Add(new StepResult(step, ok ? StepOutcome.Passed : StepOutcome.Failed, detail));
        }

        private static (bool Ok, string Detail) Pass(string detail) => (true, detail);

        private static (bool Ok, string Detail) Fail(string detail) => (false, detail);

        private (bool, string) ChainId(ProvenanceBundle bundle) => bundle.ChainId == network.Genesis.ChainId
            ? Pass(bundle.ChainId.ToString())
            : Fail($"the bundle is of chain {bundle.ChainId}, the network file of {network.Genesis.ChainId}");

        private (bool, string) Digest(ProvenanceBundle bundle)
        {
            var verdict = bundle.Verdict.Entry;
            if (verdict.Type != EntryType.Verified && !options.WaiveThreshold)
                return Fail($"the verdict is '{verdict.Type.ToWord()}'");
            if (Claim.Of(bundle) is not { } claim)
                return Fail($"the verdict is '{verdict.Type.ToWord()}' and there is no result");
            if (claim.Outputs.All(o => o.Digest != bundle.Digest))
                return Fail($"{bundle.Digest} is not an output of the verdict");
            _claim = claim;
            if (bundle.Coordinate != verdict.Verdict.Coordinate)
                return Fail($"the verdict is on {verdict.Verdict.Coordinate}, not on {bundle.Coordinate}");
            if (network.Genesis.KindOf(bundle.Coordinate) != verdict.Verdict.Kind)
                return Fail($"the naming rules do not let a {verdict.Verdict.Kind.ToWord()} artifact answer for {bundle.Coordinate}");
            if (verdict.Verdict.ConflictsWith is { } earlier)
                return Fail($"an earlier, different result answers for {bundle.Coordinate} (entry {earlier.ToString(CultureInfo.InvariantCulture)})");
            if (options.Coordinate is { } coordinate && coordinate != bundle.Coordinate && claim.AlsoNames.All(n => n.Coordinate != coordinate))
                return Fail($"the bundle is about {bundle.Coordinate}, not {coordinate}");
            // Of a build of several artifacts each name has its own files; what is known by digest alone belongs to the one name that there is.
            if (options.Coordinate is { } named && Coordinate.OutputFolder(named) is { } folder
                && !claim.Outputs.Any(o => o.Digest == bundle.Digest && (o.Name.Length == 0 || o.Name.StartsWith(folder, StringComparison.Ordinal))))
                return Fail($"{bundle.Digest} is no file of {named}");
            if (options.Digest is { } digest && digest != bundle.Digest)
                return Fail($"the bundle is about {bundle.Digest}, not {digest}");
            return Pass($"{bundle.Digest} is {verdict.Verdict.Kind.ToWord()} {bundle.Coordinate}");
        }

        private (bool, string) Attestations(ProvenanceBundle bundle)
        {
            var verdict = bundle.Verdict.Entry;
            var claim = _claim!;
            if (!claim.Votes.Select(v => v.Index).SequenceEqual(bundle.Results.Select(r => r.Index)))
                return Fail("the results are not those that the verdict lists");
            for (var i = 0; i < bundle.Results.Length; i++)
            {
                if (FindFault(bundle.Results[i].Entry, claim.Votes[i], verdict, claim) is { } fault)
                    return Fail($"result of {claim.Votes[i].Name}: {fault}");
            }

            return Pass($"signed by {string.Join(", ", claim.Votes.Select(v => v.Name))}");
        }

        private string? FindFault(SignedEntry entry, VerdictVote vote, VerdictEntry verdict, Claim claim)
        {
            var genesis = network.Genesis;
            var statement = (ResultStatement)entry.Body!;
            if (genesis.FindBuilder(vote.Name) is not { } builder || builder.Organisation != vote.Organisation)
                return "not a builder of the network file under that organisation";
            if (!builder.Key.Equals(entry.Signer.P256))
                return "signed with another key";
            if (!entry.VerifySignature())
                return "the signature does not verify";
            if (statement.Run.ChainId != genesis.ChainId || statement.Run.Origin != genesis.Origin || statement.Builder != vote.Name)
                return "the statement is of another network or builder";
            if (statement.Request != verdict.Verdict.Request || statement.Attempt != verdict.Verdict.Attempt
                || statement.Root != claim.Root || statement.Coordinate != verdict.Verdict.Coordinate
                || !statement.AlsoNames.SequenceEqual(claim.AlsoNames))
                return "the statement answers another request";
            return statement.Outputs.SequenceEqual(claim.Outputs) ? null : "the statement has other outputs than the verdict";
        }

        private (bool, string) Threshold()
        {
            var needed = Math.Max(network.Genesis.Threshold, options.Threshold);
            var organisations = _claim!.Votes.Select(v => v.Organisation).Distinct(StringComparer.Ordinal).ToArray();
            var waived = organisations.Length < needed && options.WaiveThreshold;
            var detail = string.Create(CultureInfo.InvariantCulture, $"{organisations.Length} organisations agree, {needed} are needed{(waived ? ", which is waived" : "")}: {string.Join(", ", organisations)}");
            return (organisations.Length >= needed || waived, detail);
        }

        private static (bool, string) Inclusion(ProvenanceBundle bundle)
        {
            var checkpoint = bundle.Checkpoint.Checkpoint;
            if (!bundle.Verdict.IsIn(checkpoint))
                return Fail("the verdict's proof does not lead to the checkpoint's root");
            foreach (var result in bundle.Results)
            {
                if (!result.IsIn(checkpoint))
                    return Fail(string.Create(CultureInfo.InvariantCulture, $"the proof of entry {result.Index} does not lead to the checkpoint's root"));
            }

            return Pass(string.Create(CultureInfo.InvariantCulture, $"{bundle.Results.Length + 1} entries are in the tree of size {checkpoint.Size}"));
        }

        private (bool, string) Quorum(ProvenanceBundle bundle)
        {
            if (!SetChain.TryWalk(network.Genesis, bundle.Sets, out var sets, out var broken))
                return Fail(broken);
            var set = sets.At(bundle.Checkpoint.Checkpoint.Size);
            if (set != sets.Newest)
                return Fail("the bundle has sets of authorities that its checkpoint does not need");
            if (PublishedCheckpoint.Check(set, bundle.Checkpoint, out var times) is { } fault)
                return Fail(fault);
            var outcome = (options.Policy ?? network.Policy).InEpoch(network.Genesis.Set, set).Evaluate(bundle.Checkpoint);
            if (outcome.Log is null)
                return Fail("no log of the policy signed the checkpoint");
            if (!outcome.QuorumMet)
                return Fail("the cosignatures do not meet the policy's quorum");
            _times = times;
            return Pass(string.Create(
                CultureInfo.InvariantCulture, $"{times!.CosignedAt.Length} of {set.Members.Length} authorities{(set.Epoch == 0 ? "" : $" of epoch {set.Epoch}")} cosigned the checkpoint of {set.Origin}"));
        }

        private (bool, string) Age()
        {
            var time = DateTimeOffset.FromUnixTimeSeconds(_times!.Time);
            var cosigned = $"cosigned {time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}";
            if (options.Now is not { } now)
                return Pass(cosigned);
            var age = now - time;
            var detail = $"{cosigned}, {Words(age)} ago";
            return options.MaxAge is { } limit && age > limit ? Fail($"{detail}; at most {Words(limit)} is allowed") : Pass(detail);
        }

        private static string Words(TimeSpan age) => age switch
        {
            { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalDays} days"),
            { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalHours} hours"),
            { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalMinutes} minutes"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalSeconds} seconds"),
        };
    }
}
