using System.Collections.Immutable;
using System.Globalization;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Testing.Provenance;

/// <summary>
/// Lets a <see cref="TestLog"/> grow by chance, the same for the same seed: requests for few names, so that names get many answers, builders that differ, fail and
/// are late, mappings that come and go. What the ledger refuses is left out.
/// </summary>
public sealed class RandomLog
{
    /// <summary>An image that builders seldom agree about.</summary>
    private const string Odd = "library/odd:1";

    private static readonly string[] Images = ["library/alpine:3", "library/alpine:4", "quay.io/acme/tool:latest", Odd];
    private static readonly string[] Versions = ["org.up:lib:1.0", "org.up:lib:1.10", "org.up:lib:1.2-SNAPSHOT", "org.up:other:1"];

    private readonly TestNetwork _network;
    private readonly SourceBuilds _builds;
    private readonly Random _random;
    private readonly Dictionary<RequestId, SignedEntry> _requests = [];
    private readonly Dictionary<(RequestId, int), (SignedEntry Commitment, SignedEntry Result)> _answers = [];
    private readonly List<SignedEntry> _proposals = [];

    /// <param name="network">A network with the naming rules of <see cref="Naming"/>.</param>
    /// <param name="seed">What it all follows from, but for signatures.</param>
    public RandomLog(TestNetwork network, int seed) => (_network, _builds, _random, Log) = (network, new SourceBuilds(network), new Random(seed), new TestLog(network));

    /// <summary>The naming rules that this wants: what is built comes from one group.</summary>
    public static ImmutableArray<NamingRule> Naming { get; } =
        [new("docker:", ArtifactKind.Notarized), new("maven:", ArtifactKind.Notarized), new("maven:org.acme", ArtifactKind.Built)];

    /// <summary>The log.</summary>
    public TestLog Log { get; }

    /// <summary>Coordinates that an answer may stand under.</summary>
    public static IEnumerable<string> Coordinates { get; } =
        [.. Images.Select(i => Coordinate.Of(ImageReference.Parse(i))), .. Versions.Select(Coordinate.OfMaven), SourceBuilds.Lib, SourceBuilds.Api];

    /// <summary>Takes some steps, each an entry in a block of its own where it may be logged.</summary>
    public void Grow(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var after = _random.Next(40) == 0 ? 900 : 1;
            foreach (var entry in Next())
                if (Log.Check(entry, after) == EntryFault.None) Log.Block(after, entry);
        }
    }

    private IEnumerable<SignedEntry> Next() => _random.Next(10) switch
    {
        0 => [Ask()],
        1 => [Map()],
        2 when _proposals.Count > 0 => Enumerable.Range(0, 4).Where(_ => _random.Next(3) > 0).Select(i => _builds.Approve(Pick(_proposals), i)),
        _ when Log.State.Open.IsEmpty => [Ask()],
        _ => Work(Pick([.. Log.State.Open.Values.OrderBy(r => r.Index)])),
    };

    private SignedEntry Ask()
    {
        var nonce = _random.Next().ToString(CultureInfo.InvariantCulture);
        var content = TestLog.Output($"main {_random.Next(3)}");
        var request = _random.Next(3) switch
        {
            0 => _network.Request(Pick(Images), content.Digest, nonce: nonce),
            1 => _network.MavenRequest(Pick(Versions), content.Digest, nonce: nonce),
            _ => _builds.Request(SourceBuilds.Specification with { Source = Source() }, nonce: nonce),
        };
        return _requests[new RequestId(request.PayloadDigest)] = request;
    }

    private SignedEntry Map()
    {
        var proposal = _builds.Propose(Source(), _random.Next(50).ToString(CultureInfo.InvariantCulture));
        _proposals.Add(proposal);
        return proposal;
    }

    private BuildSource Source() => SourceBuilds.Source with { Revision = new string(_random.Next(3) == 0 ? 'b' : 'a', BuildSource.CommitLength) };

    private IEnumerable<SignedEntry> Work(RequestState open)
    {
        var (request, builder) = (_requests[open.Id], _random.Next(4));
        if (_random.Next(60) == 0) return [new EntrySigner(_network.Asker).Sign(new BuildCancellation(open.Id, _network.Asker.PublicKey))];
        if (_random.Next(12) == 0) return [_network.Failure(request, builder, _random.Next(2) == 0 ? FailureReason.Denied : FailureReason.Internal)];
        if (open.Phase == RequestPhase.Planning) return [_builds.Plan(request, builder)];
        if (!_answers.TryGetValue((open.Id, builder), out var answer)) _answers[(open.Id, builder)] = answer = Answer(open.Request, request, builder);
        return [open.Phase == RequestPhase.Committing ? answer.Commitment : answer.Result];
    }

    /// <summary>Two of three answers are the same, where the name is not an odd one.</summary>
    private (SignedEntry Commitment, SignedEntry Result) Answer(BuildRequest asked, SignedEntry request, int builder)
    {
        var variant = asked.Reference.EndsWith(Odd, StringComparison.Ordinal) ? $"{_random.Next(6)}" : _random.Next(3) == 0 ? $"{_random.Next(2)}" : "";
        if (asked.Kind == ArtifactKind.Built) return _builds.Answer(request, builder, SourceBuilds.Outputs(variant + asked.Specification!.Source.Revision));
        var main = Enumerable.Range(0, 3).Select(i => TestLog.Output($"main {i}")).First(o => o.Digest == asked.Digest);
        if (Coordinate.ToMaven(asked.Coordinate) is not { } gav) return _network.Answer(request, builder, [main, TestLog.Output("shared"), TestLog.Output($"layer {variant}")]);
        var version = MavenCoordinates.Parse(gav);
        var build = version.IsSnapshot ? version.Version.Replace("SNAPSHOT", $"20250101.00000{asked.Digest.Bytes[0] % 10}-1", StringComparison.Ordinal) : version.Version;
        var file = $"{version.GroupId.Replace('.', '/')}/{version.ArtifactId}/{version.Version}/{version.ArtifactId}-{build}";
        return _network.MavenAnswer(request, builder, [main with { Name = $"{file}.jar" }, TestLog.Output($"pom {variant}") with { Name = $"{file}.pom" }]);
    }

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
