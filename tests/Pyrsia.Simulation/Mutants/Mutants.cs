using Pyrsia.Consensus;

namespace Pyrsia.Simulation;

/// <summary>The core with one rule replaced, each by itself. The simulator must notice every one.</summary>
internal static class Mutants
{
    public static SimplexRules Named(string name) => name switch
    {
        nameof(QuorumOf2FPlus1) => new QuorumOf2FPlus1(),
        nameof(ForgetsItsVotes) => new ForgetsItsVotes(),
        nameof(ForgetsCertificates) => new ForgetsCertificates(),
        nameof(ForgetsBodies) => new ForgetsBodies(),
        nameof(ForgetsAcceptedEntries) => new ForgetsAcceptedEntries(),
        nameof(ReplayForgetsNullify) => new ReplayForgetsNullify(),
        nameof(ReplayForgetsNotarize) => new ReplayForgetsNotarize(),
        nameof(FinalizesAfterNullify) => new FinalizesAfterNullify(),
        nameof(MixesVotes) => new MixesVotes(),
        nameof(SkipsNullifications) => new SkipsNullifications(),
        nameof(TrustsTheRoot) => new TrustsTheRoot(),
        nameof(IgnoresTheClock) => new IgnoresTheClock(),
        nameof(NeverResends) => new NeverResends(),
        nameof(NeverHelps) => new NeverHelps(),
        nameof(NeverTimesOut) => new NeverTimesOut(),
        nameof(NeverBacksOff) => new NeverBacksOff(),
        _ => throw new ArgumentException($"no mutant {name}", nameof(name)),
    };

    internal sealed class QuorumOf2FPlus1 : SimplexRules
    {
        public override int Quorum(int participants) => (2 * ConsensusParameters.FaultsOf(participants)) + 1;
    }

    internal sealed class ForgetsItsVotes : SimplexRules
    {
        public override bool Persists(JournalRecord record) => record is not VoteRecord;
    }

    internal sealed class ForgetsCertificates : SimplexRules
    {
        public override bool Persists(JournalRecord record) => record is not CertificateRecord;
    }

    internal sealed class ForgetsBodies : SimplexRules
    {
        public override bool Persists(JournalRecord record) => record is not BlockRecord;
    }

    internal sealed class ForgetsAcceptedEntries : SimplexRules
    {
        public override bool Persists(JournalRecord record) => record is not EntryRecord;
    }

    internal sealed class ReplayForgetsNullify : SimplexRules
    {
        public override bool Replays(JournalRecord record) => record is not VoteRecord { Vote.Kind: VoteKind.Nullify };
    }

    internal sealed class ReplayForgetsNotarize : SimplexRules
    {
        public override bool Replays(JournalRecord record) => record is not VoteRecord { Vote.Kind: VoteKind.Notarize };
    }

    internal sealed class FinalizesAfterNullify : SimplexRules
    {
        public override bool MayFinalize(in OwnSlots own) => own.Finalized.IsZero;
    }

    internal sealed class MixesVotes : SimplexRules
    {
        public override bool CountsTogether(Hash256 one, Hash256 other) => true;
    }

    internal sealed class SkipsNullifications : SimplexRules
    {
        public override bool NeedsNullifications => false;
    }

    internal sealed class TrustsTheRoot : SimplexRules
    {
        public override bool ChecksRoot => false;
    }

    internal sealed class IgnoresTheClock : SimplexRules
    {
        public override bool ChecksTime => false;
    }

    internal sealed class NeverResends : SimplexRules
    {
        public override bool Resends => false;
    }

    internal sealed class NeverHelps : SimplexRules
    {
        public override bool HelpsPeersBehind => false;
    }

    internal sealed class NeverTimesOut : SimplexRules
    {
        public override bool TimesOut => false;
    }

    internal sealed class NeverBacksOff : SimplexRules
    {
        public override int BackOffSteps(View view, View finalized, int faults) => 0;
    }
}
