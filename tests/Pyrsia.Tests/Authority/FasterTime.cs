namespace Pyrsia.Tests.Authority;

/// <summary>A clock by which spans pass several times as fast, so that a test outlasts patience quickly.</summary>
internal sealed class FasterTime(int times) : TimeProvider
{
    public override long GetTimestamp() => System.GetTimestamp() * times;
}
