namespace Pyrsia.Consensus;

/// <summary>Names a timer by what it was armed for, so that one that fires late is recognised as stale.</summary>
internal readonly record struct TimerKey(TimerKind Kind, Epoch Epoch, View View);
