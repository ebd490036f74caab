using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Verification;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Fuzz.Targets;

/// <summary>A network with one notarized image: where the documents come from that are mutated.</summary>
internal static class Samples
{
    static Samples()
    {
        Log = new TestLog(Network);
        var output = TestLog.Output("manifest");
        var (index, _) = Log.Notarize("docker.io/library/alpine:3.22", [output], output.Digest);
        Bundle = Log.Bundle(index, output.Digest);
        var cancelled = Network.Request("docker.io/library/alpine:3.21", output.Digest, nonce: "cancelled");
        Log.Block(1, cancelled);
        Log.Block(1, new EntrySigner(Network.Asker).Sign(new BuildCancellation(new RequestId(cancelled.PayloadDigest), Network.Asker.PublicKey)));
        using var key = SetProposals.NewKey("fuzz");
        var proposal = Network.Sign(Network.Replace(Log.State.Set, 3, key));
        Log.Block(1, proposal, Network.Approve(proposal, 0), Network.Approve(proposal, 1), Network.Approve(proposal, 2));
    }

    public static TestNetwork Network { get; } = new(seed: "fuzz");

    public static TestLog Log { get; }

    public static ProvenanceBundle Bundle { get; }

    /// <summary>A file that was made by a real network.</summary>
    public static byte[] Vector(string name)
    {
        using var stream = typeof(Samples).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
