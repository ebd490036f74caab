using Pyrsia.Authority.Workers;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Tests.Authority.Workers;

/// <summary>Jobs that a queue can hold; what is in them nobody reads.</summary>
internal static class SomeJobs
{
    internal static readonly Digest Image = Digest.Of("image"u8);

    internal static JobKey Key(int number, RequestPhase phase = RequestPhase.Planning) => new(new RequestId(Digest.Of(BitConverter.GetBytes(number))), 1, phase);

    internal static BuildJob Job(int number, bool goesFirst = false, Digest? image = null, RequestPhase phase = RequestPhase.Planning) =>
        new(Key(number, phase), number, goesFirst, image ?? Image, [1, 2, 3], phase == RequestPhase.Planning ? null : [4], null);
}
