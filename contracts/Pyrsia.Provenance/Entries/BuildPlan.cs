using Pyrsia.Contracts;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Provenance.Entries;

/// <summary>
/// What a builder is about to build with, said before anybody builds: k builders must say the same, so that results which differ later
/// differ because of the build and of nothing else.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Builder">The builder's name.</param>
/// <param name="Revision">The commit or archive digest that the builder holds.</param>
/// <param name="BuilderImage">The builder image that it has.</param>
/// <param name="OutputTimestamp">The time in what will be made, in seconds since 1970.</param>
/// <param name="Lock">Every file that the build may use.</param>
public sealed record BuildPlan(
    RequestId Request, int Attempt, string Builder, string Revision, Digest BuilderImage, long OutputTimestamp, DependencyLock Lock)
    : BuilderEntry(Request, Attempt, Builder)
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.BuildPlan;

    /// <summary>What builders agree about: all but whose plan it is.</summary>
    public Digest Content => Digest.Of(CanonicalObject.Of(Shared()).ToBytes());

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("request", Request.ToString()), ("attempt", (long)Attempt), ("builder", Builder), .. Shared()]);

    internal static BuildPlan Read(FieldReader reader) => new(
        new RequestId(reader.Hex("request")), (int)reader.Integer("attempt", 1, EntryLimits.MaxAttempts), reader.String("builder", GenesisDocument.MaxNameLength),
        BuildRequest.ReadName(reader, "revision"), reader.Digest("builderImage"), reader.Integer("outputTimestamp", 0, int.MaxValue), DependencyLock.Read(reader, "lock"));

    private IEnumerable<(string Name, CanonicalValue? Value)> Shared() => [
        ("revision", Revision), ("builderImage", BuilderImage.ToString()), ("outputTimestamp", OutputTimestamp), ("lock", Lock.ToJson())];
}
