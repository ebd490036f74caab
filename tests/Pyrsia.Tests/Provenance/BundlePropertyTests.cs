using FsCheck;
using FsCheck.Fluent;
using Pyrsia.Provenance.Verification;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

/// <summary>A bundle under changes of every kind; <see cref="BundleTests"/> flips bits of every byte in turn.</summary>
public sealed class BundlePropertyTests : IDisposable
{
    private const int Changes = 3000;

    private readonly TestNetwork _network = new();
    private readonly byte[] _bundle;

    public BundlePropertyTests()
    {
        var log = new TestLog(_network);
        var manifest = TestLog.Output("manifest");
        var (index, _) = log.Notarize("alpine:3.16", [manifest, TestLog.Output("layer")], manifest.Digest);
        _bundle = log.Bundle(index, manifest.Digest).ToBytes();
    }

    public void Dispose() => _network.Dispose();

    /// <summary>Every change but none passes, and every failure names its step: the steps after it were not run.</summary>
    private void EveryChangeFails(Gen<byte[]> changed) => Prop.ForAll(changed.Where(bytes => !bytes.AsSpan().SequenceEqual(_bundle)).ToArbitrary(), bytes =>
    {
        var report = ProvenanceVerifier.Verify(bytes, _network.File, new VerificationOptions());
        return !report.Passed && report.Failure is { } failure && report.Steps.All(s => s.Step <= failure.Step || s.Outcome == StepOutcome.NotRun);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(Changes));

    private Gen<int> Places => Gen.Choose(0, _bundle.Length - 1);

    private static Gen<byte> Bytes => Gen.Choose(0, 255).Select(value => (byte)value);

    [Fact]
    public void Any_byte_changed_to_any_other_fails() => EveryChangeFails(Places.SelectMany(at => Bytes.Select(value =>
    {
        var copy = _bundle.ToArray();
        copy[at] = value;
        return copy;
    })));

    [Fact]
    public void Any_byte_taken_out_put_in_or_doubled_fails() => EveryChangeFails(Places.SelectMany(at => Bytes.SelectMany(value => Gen.Elements<byte[]>(
        [.. _bundle[..at], .. _bundle[(at + 1)..]], [.. _bundle[..at], value, .. _bundle[at..]], [.. _bundle[..at], _bundle[at], .. _bundle[at..]]))));

    [Fact]
    public void Any_two_parts_exchanged_fail() => EveryChangeFails(Places.SelectMany(a => Places.Select(b =>
    {
        var (first, second) = (Math.Min(a, b), Math.Max(a, b));
        return (byte[])[.. _bundle[..first], .. _bundle[second..], .. _bundle[first..second]];
    })));
}
