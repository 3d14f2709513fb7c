package dev.toq.app.nat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads what UPnP writes in XML: a stream of elements, no document type, no entities of its own, nothing fetched. */
final class UpnpXml {
  private static final int MOST_SERVICES = 64;
  private static final int LONGEST_TEXT = 512;

  private UpnpXml() {}

  /** A service that a device offers. */
  record Service(String type, String controlUrl) {}

  /**
   * What a description says that matters here.
   *
   * @param base what relative addresses are relative to, where it names anything (UPnP Device Architecture 1.0)
   */
  record Description(Optional<String> base, List<Service> services) {}

  private interface Leaves {
    /** @param open names of the elements around the text, the innermost last; without their prefixes */
    void take(List<String> open, String text);
  }

  /** The services of all devices of a description. */
  static Description description(byte[] document) throws IOException {
    List<Service> services = new ArrayList<>();
    Map<String, String> found = new HashMap<>();
    walk(document, (open, text) -> {
      String name = open.getLast();
      if (name.equals("URLBase") && open.size() == 2) {
        found.put(name, text);
      } else if (open.size() > 1 && open.get(open.size() - 2).equals("service")
          && (name.equals("serviceType") || name.equals("controlURL"))) {
        found.put(name, text);
      }
      if (found.containsKey("serviceType") && found.containsKey("controlURL") && services.size() < MOST_SERVICES) {
        services.add(new Service(found.remove("serviceType"), found.remove("controlURL")));
      }
    });
    return new Description(Optional.ofNullable(found.get("URLBase")).filter(base -> !base.isEmpty()), services);
  }

  /** The text of the first element of this name, wherever it stands; empty where there is none. */
  static Optional<String> text(byte[] document, String element) throws IOException {
    List<String> found = new ArrayList<>();
    walk(document, (open, text) -> {
      if (open.getLast().equals(element) && found.isEmpty()) {
        found.add(text);
      }
    });
    return found.stream().findFirst();
  }

  /** Gives every element without children to the taker, once its end is read. */
  private static void walk(byte[] document, Leaves leaves) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    List<String> open = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    boolean leaf = false;
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(document));
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> {
            open.add(reader.getLocalName());
            text.setLength(0);
            leaf = true;
          }
          case XMLStreamConstants.END_ELEMENT -> {
            if (leaf) {
              leaves.take(open, text.toString().strip());
            }
            open.removeLast();
            leaf = false;
          }
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
              text.append(reader.getText(), 0, Math.min(reader.getTextLength(), LONGEST_TEXT - text.length()));
          case XMLStreamConstants.DTD -> throw new IOException("the router's answer has a document type");
          default -> { } // comments and the like
        }
      }
    } catch (XMLStreamException bad) {
      throw new IOException("the router's answer is no XML", bad);
    }
  }
}
