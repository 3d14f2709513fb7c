package dev.toq.store;

import dev.toq.store.DiskTrace.Change;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * What a disk may hold after a power cut, as it goes through a trace change by change. Only what was forced is certain:
 * of the changes of names since the last force of their directory any may be there, and of the writes to a file since
 * its last force any may be there, in any order, each of them whole, its first part, its length alone, or blocks of it.
 */
final class DiskAfterPowerCut {
  private static final int BLOCK = 64;

  private final Map<Path, Integer> names = new TreeMap<>();
  private final List<Change> unforcedNames = new ArrayList<>();
  private final Map<Integer, byte[]> contents = new HashMap<>();
  private final Map<Integer, List<Change>> unforced = new HashMap<>();

  DiskAfterPowerCut(Map<Path, byte[]> atStart) {
    for (Map.Entry<Path, byte[]> file : atStart.entrySet()) {
      contents.put(names.size(), file.getValue());
      names.put(file.getKey(), names.size());
    }
  }

  /** The next change of the trace happens, and the power stays on. */
  void pass(Change change) {
    switch (change) {
      case Change.Write write -> unforced(write.file()).add(write);
      case Change.Truncate cut -> unforced(cut.file()).add(cut);
      case Change.Name name -> unforcedNames.add(name);
      case Change.Rename rename -> unforcedNames.add(rename);
      case Change.Delete delete -> unforcedNames.add(delete);
      case Change.Force force -> {
        byte[] content = contents.getOrDefault(force.file(), new byte[0]);
        for (Change each : unforced(force.file())) {
          content = whole(content, each);
        }
        contents.put(force.file(), content);
        unforced.remove(force.file());
      }
      case Change.ForceDirectory force -> unforcedNames.removeIf(each -> {
        boolean inIt = directoryOf(each).equals(force.directory());
        if (inIt) {
          rename(names, each);
        }
        return inIt;
      });
    }
  }

  private List<Change> unforced(int file) {
    return unforced.computeIfAbsent(file, first -> new ArrayList<>());
  }

  private static Path directoryOf(Change change) {
    Path path = switch (change) {
      case Change.Name(Path made, int file) -> made;
      case Change.Rename(Path from, Path to, int file) -> to;
      case Change.Delete(Path gone) -> gone;
      default -> throw new IllegalArgumentException("no change of names: " + change);
    };
    return Objects.requireNonNullElse(path.getParent(), Path.of(""));
  }

  private static void rename(Map<Path, Integer> names, Change change) {
    switch (change) {
      case Change.Name(Path made, int file) -> names.put(made, file);
      case Change.Rename(Path from, Path to, int file) -> {
        names.remove(from, file);
        names.put(to, file);
      }
      case Change.Delete(Path gone) -> names.remove(gone);
      default -> throw new IllegalArgumentException("no change of names: " + change);
    }
  }

  /** One of the states that the disk may be in where the power is cut now. */
  Map<Path, byte[]> draw(Random chance) {
    Map<Path, Integer> found = new TreeMap<>(names);
    for (Change change : some(unforcedNames, chance, false)) {
      rename(found, change);
    }
    Map<Integer, byte[]> drawn = new HashMap<>();
    Map<Path, byte[]> state = new TreeMap<>();
    found.forEach((path, file) -> state.put(path, drawn.computeIfAbsent(file, each -> content(each, chance))));
    return state;
  }

  private byte[] content(int file, Random chance) {
    byte[] content = contents.getOrDefault(file, new byte[0]);
    List<Change> pending = unforced.getOrDefault(file, List.of());
    boolean torn = chance.nextInt(4) > 0;
    for (Change change : some(pending, chance, true)) {
      content = torn && change instanceof Change.Write write ? torn(content, write, chance) : whole(content, change);
    }
    return content;
  }

  /** None, all, the first ones, or any of these, and those in any order where {@code anyOrder}. */
  private static List<Change> some(List<Change> all, Random chance, boolean anyOrder) {
    if (all.isEmpty()) {
      return all;
    }
    return switch (chance.nextInt(8)) {
      case 0 -> List.of();
      case 1, 2 -> all;
      case 3, 4 -> all.subList(0, chance.nextInt(all.size() + 1));
      default -> {
        List<Change> any = new ArrayList<>(all);
        any.removeIf(each -> chance.nextBoolean());
        if (anyOrder && chance.nextBoolean()) {
          Collections.shuffle(any, chance);
        }
        yield any;
      }
    };
  }

  private static byte[] whole(byte[] before, Change change) {
    return switch (change) {
      case Change.Write(int file, long at, byte[] bytes) -> {
        byte[] after = Arrays.copyOf(before, Math.max(before.length, (int) at + bytes.length));
        System.arraycopy(bytes, 0, after, (int) at, bytes.length);
        yield after;
      }
      case Change.Truncate(int file, long length) -> Arrays.copyOf(before, (int) length);
      default -> throw new IllegalArgumentException("no change of content: " + change);
    };
  }

  private static byte[] torn(byte[] before, Change.Write write, Random chance) {
    int length = write.bytes().length;
    int cut = chance.nextInt(length + 1);
    int at = (int) write.at();
    int kind = chance.nextInt(4);
    byte[] after = Arrays.copyOf(before, Math.max(before.length, kind == 0 ? at + cut : at + length));
    for (int i = 0; i < length; i += 1) {
      boolean there = switch (kind) {
        case 0, 1 -> i < cut; // the first part, without or with the length of all
        case 2 -> i >= cut; // the last part alone
        default -> (cut >> (i / BLOCK % Integer.SIZE) & 1) == 1; // some blocks
      };
      if (there) {
        after[at + i] = write.bytes()[i];
      }
    }
    return after;
  }
}
